# Wait-ClusterWorker: what it waits for, times the state that the worker is in and the way in which it ends.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 60 }

    # Waits for the state in which the worker is to be when the wait begins, or from which on it is.
    function Wait-Event([string] $Name) {
        Receive-ClusterEvent $Name -Count 1 @wait | Should -Not -BeNullOrEmpty
    }
}

Describe 'A worker that never was ready' {
    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'is an error for -State Ready, which says how it ended, and has exited: <name>' -ForEach @(
        @{ name = 'killed while it starts'; script = { Start-Sleep 300 }; end = { Stop-ClusterWorker $worker -Force }; reason = 'Killed'; id = 'WorkerExited' }
        @{ name = 'stopped while it starts'; script = { Start-Sleep 300 }; end = { Stop-ClusterWorker $worker -DrainTimeoutSec 0 }; reason = 'Stopped'; id = 'WorkerExited' }
        @{ name = 'ended with its master'; script = { Start-Sleep 300 }; end = { $cluster | Stop-ClusterMaster -Force }; reason = 'Killed'; id = 'WorkerExited' }
        @{ name = 'failed'; script = { throw 'no luck' }; end = { }; reason = 'StartFailed'; id = 'WorkerStartFailed' }
        @{ name = 'crashed'; script = { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }; end = { }; reason = 'StartFailed'; id = 'WorkerStartFailed' }
    ) {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ExplicitReady -NoWait -RestartPolicy Never -ScriptBlock $script
        $worker = Get-ClusterWorker -Id 1
        Wait-Event Online
        & $end
        # Asked while it ends, or after: the answer is the same.
        foreach ($time in 1, 2) {
            $failures = @()
            Wait-ClusterWorker $worker -State Ready @wait -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failures | Should -HaveCount 1
            $failures[0].FullyQualifiedErrorId | Should -BeLike "$id,*"
            $failures[0].TargetObject | Should -Be $worker
            if ($id -eq 'WorkerExited') {
                $failures[0].Exception.Message | Should -BeLike "Worker 1 ended before it was ready: $reason*"
            }
            Wait-ClusterWorker $worker -State Exited @wait | Should -Be $worker
            $worker.ExitReason | Should -Be $reason
        }
    }

    It 'is an error for -State Ready when it was stopped while it waited for its restart' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -RestartDelaySec 600 -MaxRestartDelaySec 600 -NoWait -ScriptBlock {
            $null = Receive-WorkerMessage -Count 1
            throw 'again'
        }
        Send-WorkerMessage go -Worker 1
        Wait-Event Restart
        $worker = Get-ClusterWorker 2
        $worker.State | Should -Be 'WaitingRestart'
        Wait-ClusterWorker $worker -State Ready -TimeoutSec 0 -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'WaitTimeout,*'
        Stop-ClusterWorker $worker
        Wait-ClusterWorker $worker -State Ready @wait -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].Exception.Message | Should -Be 'Worker 2 ended before it was ready: Stopped.'
        Wait-ClusterWorker $worker @wait | Should -Be $worker
    }

    It 'ends Start-ClusterMaster with that error' {
        $cluster = $null
        {
            $cluster = Start-ClusterMaster -WorkerCount 1 -ExplicitReady -ScriptBlock { Stop-ClusterWorker }
        } | Should -Throw -ErrorId 'WorkerExited,*' -ExpectedMessage 'Worker 1 ended before it was ready: *'
        Get-ClusterWorker | Should -BeNullOrEmpty
    }
}

Describe 'A worker that was ready' {
    BeforeEach {
        $cluster = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock {
            Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object { . ([scriptblock]::Create($_)) }
        }
        $worker = Get-ClusterWorker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'is so at once, and has not exited' {
        Wait-ClusterWorker $worker -State Ready -TimeoutSec 0 | Should -Be $worker
        Wait-ClusterWorker $worker -TimeoutSec 0 -ErrorVariable failures -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'WaitTimeout,*'
    }

    It 'was ready, whatever it is now, and is waited for until it has exited: <name>' -ForEach @(
        @{ name = 'killed'; end = { Stop-ClusterWorker $worker -Force }; reason = 'Killed' }
        @{ name = 'stopped'; end = { Stop-ClusterWorker $worker }; reason = 'Stopped' }
        @{ name = 'failed'; end = { Send-WorkerMessage 'exit 3' -Worker $worker }; reason = 'Failed' }
        @{ name = 'leaving'; end = { Send-WorkerMessage 'Stop-ClusterWorker' -Worker $worker }; reason = 'Completed' }
    ) {
        & $end
        Wait-ClusterWorker $worker -State Ready @wait | Should -Be $worker
        Wait-ClusterWorker $worker @wait | Should -Be $worker
        $worker.ExitReason | Should -Be $reason
        Wait-ClusterWorker $worker -State Ready -TimeoutSec 0 | Should -Be $worker
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
