# A service as the cookbook writes one: its finally block stops the master. Its worker has a message at hand when the signal comes.
param($Module, $Log)

Import-Module $Module
$cluster = Start-ClusterMaster -WorkerCount 1 -ArgumentList $Log -ScriptBlock {
    param($Log)
    Receive-WorkerMessage -Wait | ForEach-Object {
        Send-WorkerMessage 'at hand'
        # As long as it takes the master to begin its stop: then this session gets no more messages.
        while (-not [System.IO.File]::Exists("$Log.stopping")) { Start-Sleep -Milliseconds 20 }
        [System.IO.File]::AppendAllText($Log, "done $($_.Body)`n")
    }
    [System.IO.File]::AppendAllText($Log, "drained`n")
}
try {
    'work' | Send-WorkerMessage -Any
    $null = Receive-WorkerMessage -Count 1
    'ready'
    Receive-ClusterEvent -Wait -Name Exit
}
finally {
    [System.IO.File]::WriteAllText("$Log.stopping", '')
    $cluster | Stop-ClusterMaster
    [System.IO.File]::AppendAllText($Log, "stopped`n")
}
