# Rolling restarts in a row under a flood of requests from several sessions. Prints how many requests were answered and
# how many failed, which must be none.
param([int] $Restarts = 100, [int] $WorkerCount = 2, [int] $Senders = 2)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../module/Cluster.psd1"
Import-Module "$PSScriptRoot/../tests/pester/Files/Background.psm1"

$cluster = Start-ClusterMaster -WorkerCount $WorkerCount -ScriptBlock {
    Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body $_.Body }
}
$go = [System.Threading.ManualResetEventSlim]::new($true)
$floods = foreach ($i in 1..$Senders) {
    Start-Background {
        param($Master, $Go)
        $answered = 0
        while ($Go.IsSet) { $answered += @(1..50 | Invoke-WorkerRequest -Master $Master -TimeoutSec 60).Count }
        $answered
    } $cluster, $go
}
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$restarted = 0
while ($restarted -lt $Restarts) {
    $restarted += @(Get-ClusterWorker | Restart-ClusterWorker -PassThru).Count
}
$seconds = $clock.Elapsed.TotalSeconds
$go.Reset()
$answered = 0
$failed = 0
foreach ($flood in $floods) {
    Wait-Background $flood
    $answered += $flood.Output[0]
    $failed += $flood.Streams.Error.Count
    Remove-Background $flood
}
$go.Dispose()
Stop-ClusterMaster
[string]::Format([cultureinfo]::InvariantCulture, '{0} rolling restarts in {1:0.0} s under {2} requests: {3} failed', $restarted, $seconds, $answered + $failed, $failed)
if ($failed) { exit 1 }
