# A master whose worker's host has been started and has not connected yet.
param([string] $Module, [string] $HostPath)

Import-Module $Module -ErrorAction Stop
$null = Start-ClusterMaster -WorkerCount 1 -NoWait -HostPath $HostPath -ScriptBlock { Receive-WorkerMessage -Wait }
$fork = Receive-ClusterEvent -Name Fork -Count 1 -TimeoutSec 30
[System.Console]::Out.WriteLine($fork.Worker.ProcessId)
$null = [System.Console]::In.ReadLine()
