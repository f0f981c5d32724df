# The restart policy with real processes: what is started anew, when, and when no more.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 60 }

    # Workers that do what they are sent.
    function Start-Obedient([hashtable] $With = @{}) {
        Start-ClusterMaster @With -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { . ([scriptblock]::Create($_.Body)) }
        }
    }
}

Describe 'A worker that fails' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '<how>: another takes its slot, with a new id' -ForEach @(
        @{ how = 'by an error'; act = 'throw "no luck"'; reason = 'Failed' }
        @{ how = 'by its exit code'; act = 'exit 3'; reason = 'Failed' }
        @{ how = 'by the end of its process'; act = '[System.Environment]::FailFast("enough")'; reason = 'Crashed' }
    ) {
        $null = Start-Obedient @{ WorkerCount = 2 }
        $first = Get-ClusterWorker 1
        Send-WorkerMessage $act -Worker $first
        $event = Receive-ClusterEvent Restart -Count 1 @wait
        $event.Worker.Id | Should -Be 3
        $event.Worker.Slot | Should -Be $first.Slot
        $event.State | Should -Be 'WaitingRestart'
        $event.Reason | Should -Match "^Restart 1 of 5 .* Worker 1 ended: $reason\.$"
        $first.ExitReason | Should -Be $reason
        $first.State | Should -Be 'Exited'
        $second = Get-ClusterWorker 3 | Wait-ClusterWorker -State Ready @wait
        $second.Restarts | Should -Be 1
        $second.ProcessId | Should -Not -Be $first.ProcessId
        Get-ClusterWorker | ForEach-Object Id | Should -Be 2, 3
        (Get-ClusterWorker 2).Restarts | Should -Be 0
    }

    It 'was ended by <_>: it is a failure' -Skip:([bool] $IsWindows) -ForEach 'SIGKILL', 'SIGTERM' {
        $null = Start-Obedient @{ WorkerCount = 1 }
        Send-ProcessSignal (Get-ClusterWorker).ProcessId $_.Substring(3)
        (Receive-ClusterEvent Restart -Count 1 @wait).Reason | Should -Match 'Worker 1 ended: Crashed'
        (Get-ClusterWorker 1).Signal | Should -Be $_
        (Get-ClusterWorker 2 | Wait-ClusterWorker -State Ready @wait).Restarts | Should -Be 1
    }

    It 'is replaced at the time that its successor names, and that one keeps what it is sent meanwhile' {
        $null = Start-Obedient @{ WorkerCount = 1; RestartDelaySec = 2; MaxRestartDelaySec = 2 }
        Send-WorkerMessage 'exit 1' -All
        $null = Wait-ClusterWorker 1 @wait
        # Whoever has seen the end of the first one sees the second one.
        $next = Get-ClusterWorker
        $next.Id | Should -Be 2
        $next.State | Should -Be 'WaitingRestart'
        $next.NextStart | Should -BeGreaterThan $next.StateSince
        $next.NextStart | Should -BeLessOrEqual $next.StateSince.AddSeconds(2.1)
        $next.IsConnected | Should -BeTrue
        $next.ProcessId | Should -Be 0
        1..3 | ForEach-Object { "Send-WorkerMessage $_" } | Send-WorkerMessage -Any
        $next.Pending | Should -Be 3
        Receive-WorkerMessage -Count 3 -ExpandBody @wait | Should -Be 1, 2, 3
        $next.State | Should -Be 'Ready'
        $next.NextStart | Should -BeNullOrEmpty
        # The times of the system's clock and of the timer differ by little.
        $next.StartTime | Should -BeGreaterThan (Get-ClusterWorker 1).StateSince.AddSeconds(0.9)
    }

    It 'does not end the wait for messages while its successor is pending' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Send-WorkerMessage "life $($ClusterWorker.Id)"
            if ($ClusterWorker.Id -lt 3) { exit 1 }
        }
        Receive-WorkerMessage -Wait -ExpandBody | Should -Be 'life 1', 'life 2', 'life 3'
    }

    It 'had sent messages: they are read before its exit is known' {
        $null = Start-Obedient @{ WorkerCount = 1 }
        Send-WorkerMessage '1..500 | Send-WorkerMessage; exit 1' -All
        $null = Receive-ClusterEvent Exit -Count 1 @wait
        Receive-WorkerMessage -ExpandBody | Should -Be (1..500)
    }

    It 'tells its error with the exit, and keeps the end of its stderr' {
        $null = Start-Obedient @{ WorkerCount = 1 }
        Send-WorkerMessage '[System.Console]::Error.WriteLine("on stderr"); throw "the reason"' -All
        $exit = Receive-ClusterEvent Exit -Count 1 @wait
        $exit.Worker.LastError.Exception.Message | Should -Be 'the reason'
        $exit.Worker.ErrorTail | Should -Be 'on stderr'
    }
}

Describe 'What is not started anew' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '<title>' -ForEach @(
        @{ title = 'a worker that completes'; with = @{}; act = 'exit' }
        @{ title = 'a failed one with -RestartPolicy Never'; with = @{ RestartPolicy = 'Never' }; act = 'exit 1' }
        @{ title = 'one that left'; with = @{ RestartPolicy = 'Always' }; act = 'Stop-ClusterWorker' }
        @{ title = 'one with a stop exit code'; with = @{ RestartPolicy = 'Always'; StopExitCode = 7, 8 }; act = 'exit 8' }
    ) {
        $cluster = Start-Obedient ($with + @{ WorkerCount = 1 })
        Send-WorkerMessage $act -All
        Receive-WorkerMessage -Wait
        (Get-ClusterWorker 1).State | Should -Be 'Exited'
        Get-ClusterWorker | Should -BeNullOrEmpty
        $cluster.State | Should -Be 'Idle'
        Receive-ClusterEvent Restart, GaveUp | Should -BeNullOrEmpty
    }

    It 'one that was stopped, with -RestartPolicy Always' {
        $null = Start-Obedient @{ WorkerCount = 2; RestartPolicy = 'Always' }
        Stop-ClusterWorker 1
        Stop-ClusterWorker 2 -Force
        Get-ClusterWorker | Should -BeNullOrEmpty
        (Get-ClusterWorker 1, 2).ExitReason | Should -Be 'Stopped', 'Killed'
    }

    It 'one whose stop comes while its successor waits' {
        $null = Start-Obedient @{ WorkerCount = 1; RestartDelaySec = 3600; MaxRestartDelaySec = 3600 }
        Send-WorkerMessage 'exit 1' -All
        $null = Wait-ClusterWorker 1 @wait
        Send-WorkerMessage 'never read' -Any
        $waiting = Get-ClusterWorker
        $waiting.State | Should -Be 'WaitingRestart'
        $waiting | Stop-ClusterWorker
        $waiting.State | Should -Be 'Exited'
        $waiting.ExitReason | Should -Be 'Stopped'
        $waiting.ProcessId | Should -Be 0
        Get-ClusterWorker | Should -BeNullOrEmpty
        (Receive-ClusterEvent MessagesLost -Count 1 @wait).Messages.Body | Should -Be 'never read'
    }
}

Describe 'A stop' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'tells each of its steps' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            try {
                Send-WorkerMessage 'stuck'
                while ($true) { }
            }
            finally { [System.Threading.Thread]::Sleep(-1) }
        }
        $null = Receive-WorkerMessage -Count 1 @wait
        Stop-ClusterWorker 1 -DrainTimeoutSec 0
        $steps = Receive-ClusterEvent Stopping, Exit
        $steps.Name | Should -Be 'Stopping', 'Stopping', 'Stopping', 'Exit'
        $steps[0..2].Reason | Should -Be 'Drain.', 'Stop the pipeline.', 'Kill.'
        $steps[3].Reason | Should -Match '^Killed'
    }

    It 'is harmless while another is under way, and the exit code of the script is kept' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Wait
            Start-Sleep -Milliseconds 500
            exit 7
        }
        $worker = Get-ClusterWorker
        Import-Module "$PSScriptRoot/Files/Background.psm1"
        $first = Start-Background { param($Worker) $Worker | Stop-ClusterWorker -DrainTimeoutSec 60 } $worker
        try {
            $null = Receive-ClusterEvent Stopping -Count 1 @wait
            $worker | Stop-ClusterWorker -DrainTimeoutSec 60 -ErrorAction Stop
            Wait-Background $first
            $first.Streams.Error | Should -BeNullOrEmpty
            $worker.ExitCode | Should -Be 7
            $worker.ExitReason | Should -Be 'Stopped'
            @(Receive-ClusterEvent Exit) | Should -HaveCount 1
        }
        finally {
            Remove-Background $first
        }
    }
}

Describe 'A master that is stopped while restarts wait' {
    It 'ends at once<how>' -ForEach @{ how = '' }, @{ how = ' with -Force'; force = $true } {
        $cluster = Start-Obedient @{ WorkerCount = 2; RestartDelaySec = 3600; MaxRestartDelaySec = 3600 }
        Send-WorkerMessage 'exit 1' -All
        $null = Get-ClusterWorker 1, 2 | Wait-ClusterWorker @wait
        (Get-ClusterWorker).State | Should -Be 'WaitingRestart', 'WaitingRestart'
        Stop-ClusterMaster -Force:([bool] $force) -DrainTimeoutSec 3600
        $cluster.State | Should -Be 'Stopped'
        Get-ClusterWorker | Should -BeNullOrEmpty
    }
}

Describe 'Always' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'starts a completed worker anew' {
        $null = Start-Obedient @{ WorkerCount = 1; RestartPolicy = 'Always' }
        Send-WorkerMessage 'exit' -All
        (Receive-ClusterEvent Restart -Count 1 @wait).Reason | Should -Match 'Worker 1 ended: Completed'
        $null = Get-ClusterWorker 2 | Wait-ClusterWorker -State Ready @wait
    }
}

Describe 'Giving up' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'a script that exits at once is started a bounded number of times (<policy>, exit <code>)' -ForEach @(
        @{ policy = 'OnFailure'; code = 1 }
        @{ policy = 'Always'; code = 0 }
    ) {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -RestartPolicy $policy -MaxRestarts 3 -RestartDelaySec 0.01 -ArgumentList $code -ScriptBlock {
            param($Code)
            Send-WorkerMessage 'started'
            exit $Code
        }
        $gaveUp = Receive-ClusterEvent GaveUp -Count 1 @wait
        $gaveUp.Worker.Id | Should -Be 4
        $gaveUp.Worker.State | Should -Be 'Failed'
        $gaveUp.Reason | Should -Match '^It was restarted 3 times within 60 s'
        Receive-WorkerMessage -Wait -ExpandBody | Should -Be (@('started') * 4)
        @(Receive-ClusterEvent Fork) | Should -HaveCount 4
        Get-ClusterWorker | Should -BeNullOrEmpty
        (Get-ClusterWorker -IncludeExited).State | Should -Be 'Exited', 'Exited', 'Exited', 'Failed'
        (Get-ClusterWorker -State Failed).Restarts | Should -Be 3
    }

    It 'comes at the first failure with -MaxRestarts 0, and other slots go on' {
        $cluster = Start-Obedient @{ WorkerCount = 2; MaxRestarts = 0 }
        Send-WorkerMessage 'throw "at once"' -Worker 1
        $gaveUp = Receive-ClusterEvent GaveUp -Count 1 @wait
        $gaveUp.Worker.Id | Should -Be 1
        $gaveUp.Error.Exception.Message | Should -Be 'at once'
        $cluster.State | Should -Be 'Running'
        Send-WorkerMessage 'Send-WorkerMessage here' -Any
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'here'
    }

    It 'comes when a restarted worker fails before it is ready, with the script''s own error, and never loops' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            if ($ClusterWorker.Id -gt 1) { throw 'not a second time' }
            $null = Receive-WorkerMessage -Count 1
            exit 1
        }
        Send-WorkerMessage 'go' -All
        $gaveUp = Receive-ClusterEvent GaveUp -Count 1 @wait
        $gaveUp.Worker.Id | Should -Be 2
        $gaveUp.Worker.ExitReason | Should -Be 'StartFailed'
        $gaveUp.Reason | Should -Match 'not a second time'
        $gaveUp.Error.Exception.Message | Should -Be 'not a second time'
        @(Receive-ClusterEvent Fork) | Should -HaveCount 2
        Get-ClusterWorker | Should -BeNullOrEmpty
    }

    It 'comes at once when the first start fails and nobody waits for it' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -RestartPolicy Always -ScriptBlock { throw 'broken' }
        $gaveUp = Receive-ClusterEvent GaveUp -Count 1 @wait
        $gaveUp.Error.Exception.Message | Should -Be 'broken'
        @(Receive-ClusterEvent Fork) | Should -HaveCount 1
    }

    It 'comes at once when the host dies during the handshake' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -HostArgument '-Command', 'exit 9 #' -ScriptBlock { }
        $gaveUp = Receive-ClusterEvent GaveUp -Count 1 @wait
        $gaveUp.Reason | Should -Match 'exit code 9'
        @(Receive-ClusterEvent Fork) | Should -HaveCount 1
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
