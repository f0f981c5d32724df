# A flood for a receiver that does not read for ten seconds, in each direction: watches the memory of both sides, then
# lets it read and counts. Prints a line per second; exits with 1 if anything was lost, doubled or out of order.
param([int] $Seconds = 10, [int] $Bytes = 1000)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$self = [System.Diagnostics.Process]::GetCurrentProcess()
$failures = 0

function Show-Memory([string] $Title, $Worker) {
    for ($second = 1; $second -le $Seconds; $second++) {
        Start-Sleep -Seconds 1
        $self.Refresh()
        '{0}, second {1,2}: master {2,4:N0} MB, worker {3,4:N0} MB; {4:N0} sent, {5:N0} received' -f
            $Title, $second, ($self.WorkingSet64 / 1MB), ($Worker.WorkingSet / 1MB), $Worker.Sent, $Worker.Received
    }
}

# To the worker, which sleeps.
$cluster = Start-ClusterMaster -WorkerCount 1 -ArgumentList $Seconds -ScriptBlock {
    param($seconds)
    Send-WorkerMessage ready
    Start-Sleep -Seconds ($seconds + 1)
    Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object { Send-WorkerMessage ([int]($_ -split ' ')[0]) }
}
$worker = Get-ClusterWorker
$null = Receive-WorkerMessage -Count 1
$sender = [powershell]::Create([initialsessionstate]::CreateDefault2())
$null = $sender.AddScript({
    param($module, $cluster, $worker, $bytes)
    Import-Module $module
    $body = 'x' * $bytes
    for ($i = 1; ; $i++) { Send-WorkerMessage "$i $body" -Worker $worker -Master $cluster }
}).AddArgument("$PSScriptRoot/../module/Cluster.psd1").AddArgument($cluster).AddArgument($worker).AddArgument($Bytes)
$sending = $sender.BeginInvoke()
Show-Memory 'worker sleeps' $worker
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$sender.Stop()
'Ctrl+C on the sender that waits: {0:N0} ms' -f $clock.Elapsed.TotalMilliseconds
$next = 1
foreach ($number in Receive-WorkerMessage -Count $worker.Sent -ExpandBody) { if ($number -ne $next++) { $failures++ } }
'{0:N0} of {1:N0} messages arrived, {2} out of order' -f ($next - 1), $worker.Sent, $failures
$sender.Dispose()
$cluster | Stop-ClusterMaster

# To the master, which sleeps.
$cluster = Start-ClusterMaster -WorkerCount 1 -ArgumentList $Bytes -ScriptBlock {
    param($bytes)
    $body = 'x' * $bytes
    for ($i = 1; ; $i++) { Send-WorkerMessage "$i $body" }
}
$worker = Get-ClusterWorker
Show-Memory 'master sleeps' $worker
$next = 1
$before = $failures
Receive-WorkerMessage -Count 50000 -ExpandBody | ForEach-Object { if ([int]($_ -split ' ')[0] -ne $next++) { $failures++ } }
'{0:N0} messages read, {1} out of order' -f ($next - 1), ($failures - $before)
$clock.Restart()
$cluster | Stop-ClusterMaster -DrainTimeoutSec 0
'Stop of a worker that waits: {0:N0} ms' -f $clock.Elapsed.TotalMilliseconds
if ($failures) { exit 1 }
