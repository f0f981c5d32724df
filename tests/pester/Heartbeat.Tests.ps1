# -HeartbeatTimeoutSec of Start-ClusterMaster: a worker whose process no longer answers is killed; a busy script is left alone.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 60 }
    $loop = { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body -ReplyTo $_ } }
}

Describe 'A worker whose process is stopped (SIGSTOP)' -Skip:($IsWindows) {
    BeforeAll {
        $cluster = Start-ClusterMaster $loop -WorkerCount 2 -HeartbeatTimeoutSec 1
        $stopped, $other = Get-ClusterWorker
        $null = Receive-ClusterEvent
        Send-ProcessSignal $stopped.ProcessId STOP
        $events = @(Receive-ClusterEvent Unresponsive, Exit -Count 2 @wait)
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'is reported as unresponsive, with how long nothing was heard' {
        $events[0].Name | Should -Be Unresponsive
        $events[0].Worker | Should -Be $stopped
        $events[0].Reason | Should -Be 'Nothing was heard from it for 1 s.'
    }

    It 'is killed, and its exit reason is Hung' {
        $events[1].Name | Should -Be Exit
        $events[1].Worker | Should -Be $stopped
        $stopped.State | Should -Be Exited
        $stopped.ExitReason | Should -Be Hung
        $stopped.Signal | Should -Be SIGKILL
        $stopped.ExitedAfterDisconnect | Should -BeFalse
        Test-ProcessAlive $stopped.ProcessId | Should -BeFalse
    }

    It 'does not take the others with it' {
        Invoke-WorkerRequest hello -Worker $other @wait | Should -Be hello
    }
}

Describe 'A worker whose process is stopped for less than the time' -Skip:($IsWindows) {
    It 'lives on' {
        $cluster = Start-ClusterMaster $loop -WorkerCount 1 -HeartbeatTimeoutSec 20
        $worker = Get-ClusterWorker
        Send-ProcessSignal $worker.ProcessId STOP
        # Two of the four beats, so that an answer is outstanding.
        Receive-ClusterEvent Unresponsive, Exit -Count 1 -TimeoutSec 11 | Should -BeNullOrEmpty
        Send-ProcessSignal $worker.ProcessId CONT
        Invoke-WorkerRequest hello @wait | Should -Be hello
        $cluster | Stop-ClusterMaster
        Receive-ClusterEvent Unresponsive | Should -BeNullOrEmpty
        $worker.ExitReason | Should -Be Stopped
    }
}

Describe 'A stopped worker whose pipe is full' -Skip:($IsWindows) {
    It 'is found as well: the question cannot be written and need not be' {
        $cluster = Start-ClusterMaster $loop -WorkerCount 2 -HeartbeatTimeoutSec 2
        $stopped, $other = Get-ClusterWorker
        Send-ProcessSignal $stopped.ProcessId STOP
        # More than a pipe holds, and less than the queue.
        1..8 | ForEach-Object { 'x' * 1MB } | Send-WorkerMessage -Worker $stopped @wait -ErrorAction Stop
        (Receive-ClusterEvent Exit -Count 1 @wait).Worker | Should -Be $stopped
        $stopped.ExitReason | Should -Be Hung
        (Receive-ClusterEvent MessagesLost -Count 1 @wait).Messages.Count | Should -BeGreaterThan 0
        Invoke-WorkerRequest hello -Worker $other @wait | Should -Be hello
        $cluster | Stop-ClusterMaster
    }
}

Describe 'A worker that is stopped while it drains' -Skip:($IsWindows) {
    It 'does not hold up the stop of its master' {
        $cluster = Start-ClusterMaster $loop -WorkerCount 1 -HeartbeatTimeoutSec 1
        $worker = Get-ClusterWorker
        Send-ProcessSignal $worker.ProcessId STOP
        $cluster | Stop-ClusterMaster -DrainTimeoutSec 600
        $worker.ExitReason | Should -Be Hung
        $worker.ExitedAfterDisconnect | Should -BeTrue
    }
}

Describe 'A worker that hangs before it is ready' -Skip:($IsWindows) {
    It 'is a failed start that says so' {
        { Start-ClusterMaster { & /bin/sh -c "kill -STOP $PID" } -WorkerCount 1 -HeartbeatTimeoutSec 1 } |
            Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage '*hung before it was ready. Nothing was heard from it for 1 s.*'
    }
}

Describe 'A busy script is not a hang' {
    It 'in a loop that never calls the module' {
        # The loop ends with its file, so that it is busy for as long as this spec wants and for many time-outs.
        $flag = "$TestDrive/busy"
        Set-Content -LiteralPath $flag -Value busy
        $cluster = Start-ClusterMaster { Send-WorkerMessage started; while ([System.IO.File]::Exists($using:flag)) { } } -WorkerCount 1 -HeartbeatTimeoutSec 1
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be started
        Receive-ClusterEvent Unresponsive, Exit -Count 1 -TimeoutSec 4 | Should -BeNullOrEmpty
        Remove-Item -LiteralPath $flag
        (Receive-ClusterEvent Exit -Count 1 @wait).Worker.ExitReason | Should -Be Completed
        $cluster | Stop-ClusterMaster
    }

    It 'in a call that never returns to the engine' {
        $cluster = Start-ClusterMaster { Send-WorkerMessage started; [System.Threading.Thread]::Sleep(-1) } -WorkerCount 1 -HeartbeatTimeoutSec 1
        Receive-ClusterEvent Unresponsive, Exit -Count 1 -TimeoutSec 4 | Should -BeNullOrEmpty
        $cluster | Stop-ClusterMaster -Force
    }

    It 'and neither is one whose messages nobody reads' {
        $cluster = Start-ClusterMaster { 1..100 | Send-WorkerMessage } -WorkerCount 1 -HeartbeatTimeoutSec 1 -QueueLimit 4
        Receive-ClusterEvent Unresponsive, Exit -Count 1 -TimeoutSec 4 | Should -BeNullOrEmpty
        @(Receive-WorkerMessage -Wait -ExpandBody) | Should -Be (1..100)
        $cluster | Stop-ClusterMaster
    }
}

Describe 'A master that was itself stopped (SIGSTOP)' -Skip:($IsWindows) {
    It 'does not take its workers for hung when it goes on' {
        $master = Start-HostScript "$PSScriptRoot/Files/master-that-is-stopped.ps1" -ArgumentList (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
        try {
            Read-HostScript $master | Should -Be ready
            foreach ($round in 1..3) {
                Send-ProcessSignal $master.Process.Id STOP
                # Many time-outs of the master's, none of which it is there to see.
                $master.Process.WaitForExit(3000) | Should -BeFalse
                Send-ProcessSignal $master.Process.Id CONT
                $master.Process.StandardInput.WriteLine("round $round")
                Read-HostScript $master | Should -Be "round $round"
            }
            $master.Process.StandardInput.WriteLine('end')
            Read-HostScript $master | Should -Be 'Stopped Stopped; no worker was unresponsive'
        }
        finally {
            Stop-HostScript $master
        }
    }
}

Describe '-HeartbeatTimeoutSec 0' -Skip:($IsWindows) {
    It 'turns it off' {
        $cluster = Start-ClusterMaster $loop -WorkerCount 1 -HeartbeatTimeoutSec 0
        $worker = Get-ClusterWorker
        Send-ProcessSignal $worker.ProcessId STOP
        Receive-ClusterEvent Unresponsive, Exit -Count 1 -TimeoutSec 4 | Should -BeNullOrEmpty
        Send-ProcessSignal $worker.ProcessId CONT
        Invoke-WorkerRequest hello @wait | Should -Be hello
        $cluster | Stop-ClusterMaster
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
