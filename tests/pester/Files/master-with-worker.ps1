# Starts a master with one worker, says the worker's process id, and stops the master at the next line of its input.

Import-Module "$PSScriptRoot/../../../module/Cluster.psd1"
$cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
[System.Console]::Out.WriteLine("worker $((Get-ClusterWorker).ProcessId)")
$null = [System.Console]::In.ReadLine()
$cluster | Stop-ClusterMaster
[System.Console]::Out.WriteLine('stopped')
$null = [System.Console]::In.ReadLine()
