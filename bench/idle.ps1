# What a master costs while its workers wait: processor seconds in a minute, of the master and of all workers together.
param([int] $Seconds = 60, [int] $WorkerCount = 4)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$cluster = Start-ClusterMaster -WorkerCount $WorkerCount -ScriptBlock { Receive-WorkerMessage -Wait }
# Whatever still settles after the start is not idleness.
Start-Sleep -Seconds 5
function Get-Cpu {
    $own = [System.Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.TotalSeconds
    $own, ((Get-ClusterWorker).CpuTime.TotalSeconds | Measure-Object -Sum).Sum
}
$null = Get-Cpu
$before = Get-Cpu
Start-Sleep -Seconds $Seconds
$after = Get-Cpu
[string]::Format([cultureinfo]::InvariantCulture, 'idle, {0} workers: master {1:0.000} CPU s per minute, workers together {2:0.000}',
    $WorkerCount, ($after[0] - $before[0]) * 60 / $Seconds, ($after[1] - $before[1]) * 60 / $Seconds)
$cluster | Stop-ClusterMaster
