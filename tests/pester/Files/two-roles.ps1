# One script, two roles: started by hand it is the master, started by the master it is a worker.
param([string] $Module, [string] $Word = 'none')

Import-Module $Module
if (Test-ClusterMaster) {
    $null = Start-ClusterMaster -ScriptPath $PSCommandPath -WorkerCount 2 -ArgumentList $Module, 'spoken'
    Get-ClusterWorker | Send-WorkerMessage @{ msg = 'from the master' }
    Receive-WorkerMessage -Wait | ForEach-Object { "$($_.Kind) $($_.Body)" } | Sort-Object
}
else {
    $received = Receive-WorkerMessage -Count 1
    Send-WorkerMessage "$Word, received $($received.Body.msg)"
}
