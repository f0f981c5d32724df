# One script, two roles: a master and one worker per core greet each other.
#
#   pwsh examples/hello-cluster.ps1
#   dotnet run --project src/ClusterHost -- examples/hello-cluster.ps1

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

if (Test-ClusterMaster) {
    # Every worker runs this same file. The command returns when all of them are ready.
    $cluster = Start-ClusterMaster -ScriptPath $PSCommandPath
    "Master $PID has started $($cluster.WorkerCount) workers"

    Get-ClusterWorker | Send-WorkerMessage @{ msg = "Message from master $PID" }

    # Streams what arrives and ends when the last worker has exited. What workers show is shown here.
    Receive-WorkerMessage -Wait | ForEach-Object {
        "Master $PID receives '$($_.Body.msg)' from worker $($_.WorkerId), process $($_.ProcessId)"
    }

    $cluster | Stop-ClusterMaster
}
else {
    Send-WorkerMessage @{ msg = "Message from worker $PID" }
    $message = Receive-WorkerMessage -Count 1
    Write-Host "Worker $($ClusterWorker.Id), process $PID, receives '$($message.Body.msg)'"
}
