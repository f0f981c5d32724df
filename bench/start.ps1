# The time until all workers of a message loop are ready. Prints seconds.
param([int] $Workers = 2)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$null = Start-ClusterMaster -WorkerCount $Workers -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body } }
$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
Stop-ClusterMaster -Force
