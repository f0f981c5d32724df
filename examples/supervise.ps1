# A job runner whose workers crash, hang, exit and leak, under a master that keeps the service going and reports what happened.
#
#   pwsh examples/supervise.ps1

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

# What a worker needs for nothing, and some more; one that uses more than that is replaced.
$limit = [System.Diagnostics.Process]::GetCurrentProcess().WorkingSet64 + 200MB
$cluster = Start-ClusterMaster -WorkerCount 2 -MaxMemory $limit -HeartbeatTimeoutSec 2 -ScriptBlock {
    $leak = [System.Collections.Generic.List[byte[]]]::new()
    Receive-WorkerMessage -Wait | ForEach-Object {
        switch ($_.Body.Kind) {
            'crash' { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
            'hang' { & /bin/sh -c "kill -STOP $PID" }
            'exit' { exit 3 }
            'leak' {
                $block = [byte[]]::new(300MB)
                [System.Array]::Fill($block, [byte] 1)
                $leak.Add($block)
            }
        }
        Send-WorkerMessage -ReplyTo $_ -Body "Job $($_.Body.Number) ($($_.Body.Kind)) is done by worker $($ClusterWorker.Id)"
    }
}

$kinds = @{ 3 = 'crash'; 6 = 'exit'; 9 = 'hang'; 12 = 'leak' }
if ($IsWindows) {
    # There is no signal that stops a process.
    $kinds[9] = 'crash'
}
$done = 0
foreach ($number in 1..15) {
    $job = @{ Number = $number; Kind = $kinds[$number] ?? 'work' }
    try {
        Invoke-WorkerRequest $job -TimeoutSec 60 -ErrorAction Stop
    }
    catch {
        # The worker died of it. A second try is made without what it died of; others would give the job up here.
        "Job $number was lost: $_"
        $job.Kind = 'work'
        Invoke-WorkerRequest $job -TimeoutSec 60 -ErrorAction Stop
    }
    $done++
}

# The leak is found within a second; a fresh worker takes over, and the old one leaves.
$recycle = Receive-ClusterEvent Recycle -Count 1 -TimeoutSec 60
$null = $recycle.Worker | Wait-ClusterWorker -TimeoutSec 60
"$done of 15 jobs are done; $(@(Get-ClusterWorker -State Ready).Count) workers are ready"

''
'What happened:'
@(Receive-ClusterEvent Unresponsive, Exit, Restart, GaveUp, Reload) + $recycle | Sort-Object Time | ForEach-Object {
    "  $($_.Name) of worker $($_.Worker.Id): $($_.Reason)"
}

$cluster | Stop-ClusterMaster
