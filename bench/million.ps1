# A million messages through two workers and back: counts losses, doubles and disorder, and watches the memory.
# Prints an object; exits with 1 if anything is wrong.
param([int] $Messages = 1000000, [int] $Workers = 2)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$share = $Messages / $Workers
$cluster = Start-ClusterMaster -WorkerCount $Workers -ScriptBlock { Receive-WorkerMessage -Wait -ExpandBody | Send-WorkerMessage }

# Another runspace sends, this one reads: both directions are busy at once.
$sender = [powershell]::Create([initialsessionstate]::CreateDefault2())
$null = $sender.AddScript({
    param($module, $cluster, $workers, $share)
    Import-Module $module
    for ($i = 0; $i -lt $share; $i += 500) {
        $batch = $i..([Math]::Min($i + 500, $share) - 1)
        foreach ($worker in $workers) { $batch | Send-WorkerMessage -Worker $worker }
    }
}).AddArgument("$PSScriptRoot/../module/Cluster.psd1").AddArgument($cluster).AddArgument(@(Get-ClusterWorker)).AddArgument($share)
$sending = $sender.BeginInvoke()

$next = [int[]]::new($Workers + 1)
$received = 0
$wrong = 0
$memory = [System.Collections.Generic.List[object]]::new()
$self = [System.Diagnostics.Process]::GetCurrentProcess()
$clock = [System.Diagnostics.Stopwatch]::StartNew()
while ($received -lt $Messages) {
    foreach ($message in Receive-WorkerMessage -Count ([Math]::Min(10000, $Messages - $received))) {
        if ($message.Body -ne $next[$message.WorkerId]) { $wrong++ }
        $next[$message.WorkerId] = $message.Body + 1
        $received++
    }
    if ($received % 100000 -eq 0) {
        $self.Refresh()
        $memory.Add([pscustomobject]@{
            Received = $received
            Master = [int]($self.WorkingSet64 / 1MB)
            Workers = (Get-ClusterWorker | ForEach-Object { [int]($_.WorkingSet / 1MB) }) -join ' '
        })
    }
}
$seconds = $clock.Elapsed.TotalSeconds
$null = $sender.EndInvoke($sending)
$sender.Dispose()
$left = @(Receive-WorkerMessage).Count
Stop-ClusterMaster

'{0:N0} messages there and back in {1:N1} s, {2:N0} a second; {3} out of order, {4} too many' -f $received, $seconds, ($received / $seconds), $wrong, $left
'memory in MB after so many messages (master; workers):'
$memory | ForEach-Object { '  {0,9:N0}  {1,4}; {2}' -f $_.Received, $_.Master, $_.Workers }
if ($wrong -or $left) { exit 1 }
