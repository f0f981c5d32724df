# Answers each line with the answer of its workers, until 'end'; then says how they ended.
param([string] $Module)

Import-Module $Module
$cluster = Start-ClusterMaster { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body -ReplyTo $_ } } -WorkerCount 2 -HeartbeatTimeoutSec 1
$workers = @(Get-ClusterWorker)
[Console]::Out.WriteLine('ready')
while (($line = [Console]::In.ReadLine()) -ne 'end') {
    # Both have to answer, and the time-out has to pass in which the master could blame them.
    $null = Receive-ClusterEvent Unresponsive -Count 1 -TimeoutSec 1.5
    $answers = @($line | Invoke-WorkerRequest -Worker $workers | Select-Object -Unique)
    [Console]::Out.WriteLine("$answers")
}
$blamed = @(Receive-ClusterEvent Unresponsive).Count
$cluster | Stop-ClusterMaster
$end = if ($blamed) { "$blamed workers were" } else { 'no worker was' }
[Console]::Out.WriteLine("$($workers.ExitReason); $end unresponsive")
