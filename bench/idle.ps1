# What a master costs while its workers wait: processor seconds in a minute of this process before it is a master, of it as
# a master, and of its workers together.
param([int] $Seconds = 60, [int] $WorkerCount = 4)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"

function Get-Cpu {
    $own = [System.Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.TotalSeconds
    $own, ((Get-ClusterWorker).CpuTime.TotalSeconds | Measure-Object -Sum).Sum
}

function Measure-Idle {
    # What still settles after a start is not idleness, nor is the first call of the function.
    $null = Get-Cpu
    Start-Sleep -Seconds 5
    $before = Get-Cpu
    Start-Sleep -Seconds $Seconds
    $after = Get-Cpu
    foreach ($i in 0, 1) { ($after[$i] - $before[$i]) * 60 / $Seconds }
}

$alone, $null = Measure-Idle
$cluster = Start-ClusterMaster -WorkerCount $WorkerCount -ScriptBlock { Receive-WorkerMessage -Wait }
$master, $workers = Measure-Idle
[string]::Format([cultureinfo]::InvariantCulture, 'CPU s per minute, idle: the host alone {0:0.000}, as a master of {1} workers {2:0.000}, the workers together {3:0.000}',
    $alone, $WorkerCount, $master, $workers)
$cluster | Stop-ClusterMaster
