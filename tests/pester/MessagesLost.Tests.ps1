# The MessagesLost event: exactly what a worker was sent and did not read, in order, and nothing when there is nothing.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"

    # The events that tell of lost messages, when the worker has gone.
    function Wait-Lost($Worker) {
        do {
            $exit = Receive-ClusterEvent Exit -Count 1 @wait -Master $cluster
            $exit | Should -Not -BeNullOrEmpty
        } until ($exit.Worker -eq $Worker)
        Receive-ClusterEvent MessagesLost -Master $cluster
    }
}

Describe 'A worker that exits' {
    AfterEach {
        $cluster | Stop-ClusterMaster
    }

    It 'has lost what it did not read, in the order of sending' {
        # All is sent before the script begins, so the worker has no say in it.
        $cluster = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { $null = Receive-WorkerMessage -Count 2 }
        1..5 | Send-WorkerMessage -Worker 1
        Send-WorkerMessage @{ six = 6 } -Topic last -Worker 1
        $worker = Get-ClusterWorker 1
        $lost = @(Wait-Lost $worker)
        $lost | Should -HaveCount 1
        $lost[0].Worker | Should -Be $worker
        $lost[0].State | Should -Be 'Exited'
        $lost[0].Reason | Should -BeLike '*4 messages*'
        $lost[0].Messages | Should -HaveCount 4
        $lost[0].Messages[0..2].Body | Should -Be 3, 4, 5
        $lost[0].Messages[3].Body.six | Should -Be 6
        $lost[0].Messages[3].Topic | Should -Be 'last'
        $lost[0].Messages | ForEach-Object { $_.Kind | Should -Be 'Message' }
        $worker.Pending | Should -Be 4
    }

    It 'has not lost what it read out of order' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock {
            $null = Receive-WorkerMessage -Topic odd -Count 3
            $null = Receive-WorkerMessage -Count 1
            $null = Receive-WorkerMessage -Topic last -Count 1
        }
        1..6 | ForEach-Object { Send-WorkerMessage $_ -Worker 1 -Topic ($_ % 2 ? 'odd' : 'even') }
        Send-WorkerMessage 7 -Topic last -Worker 1
        $lost = @(Wait-Lost (Get-ClusterWorker 1))
        $lost | Should -HaveCount 1
        $lost[0].Messages.Body | Should -Be 4, 6
        $lost[0].Messages.Topic | Should -Be 'even', 'even'
    }

    It 'has lost nothing when it read all' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { $null = Receive-WorkerMessage -Count 5 }
        1..5 | Send-WorkerMessage -Worker 1
        Wait-Lost (Get-ClusterWorker 1) | Should -BeNullOrEmpty
    }

    It 'has lost nothing when nothing was sent' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { }
        Wait-Lost (Get-ClusterWorker 1) | Should -BeNullOrEmpty
    }

    It 'has lost all when it never read, by <name>' -ForEach @(
        @{ name = 'the end of its script'; script = { } }
        @{ name = 'exit'; script = { exit 3 } }
        @{ name = 'an error'; script = { throw 'enough' } }
        @{ name = 'Environment.Exit'; script = { [System.Environment]::Exit(3) } }
        @{ name = 'a kill'; script = { [System.Diagnostics.Process]::GetCurrentProcess().Kill() } }
    ) {
        $cluster = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock $script
        1..3 | Send-WorkerMessage -Worker 1
        (Wait-Lost (Get-ClusterWorker 1)).Messages.Body | Should -Be 1, 2, 3
    }
}

Describe 'A worker that is killed' {
    BeforeEach {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2 -QueueLimit 8
        $first, $second = Get-ClusterWorker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster
    }

    It 'has lost exactly what it did not read, also of what was read out of order' {
        # What it says of itself leaves after the credit for what it has read.
        $text = '
            $null = Receive-WorkerMessage -Topic b -Count 2
            $null = Receive-WorkerMessage -Count 1
            Send-WorkerMessage read
            $null = Receive-WorkerMessage -Topic never -Count 1'
        Send-WorkerMessage $text -Topic run -Worker $first
        1..3 | ForEach-Object {
            Send-WorkerMessage "a$_" -Topic a -Worker $first
            Send-WorkerMessage "b$_" -Topic b -Worker $first
        }
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'read'
        Stop-ClusterWorker $first -Force
        $lost = @(Wait-Lost $first)
        $lost | Should -HaveCount 1
        $lost[0].Messages.Body | Should -Be 'a2', 'a3', 'b3'
        $lost[0].Messages.Topic | Should -Be 'a', 'a', 'b'
    }

    It 'has lost nothing when it waits for messages and has read all' {
        1..5 | Send-WorkerMessage -Worker $first
        Receive-WorkerMessage -Count 5 -ExpandBody @wait | Should -Be (1..5)
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ($first.Pending -gt 0 -and $clock.Elapsed.TotalSeconds -lt 30) {
            [System.Threading.Thread]::Sleep(1)
        }
        Stop-ClusterWorker $first -Force
        Wait-Lost $first | Should -BeNullOrEmpty
    }

    It 'has lost the requests that it did not read too' {
        Send-WorkerMessage 'Send-WorkerMessage busy; $null = Receive-WorkerMessage -Topic never -Count 1' -Topic run -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'busy'
        $null = Invoke-WorkerRequest question -Worker $first -TimeoutSec 0 -ErrorAction SilentlyContinue
        Stop-ClusterWorker $first -Force
        $lost = Wait-Lost $first
        $lost.Messages.Body | Should -Be 'question'
        $lost.Messages.Kind | Should -Be 'Request'
    }

    It 'has lost what siblings sent it too, who are named' {
        Send-WorkerMessage 'Send-WorkerMessage busy; $null = Receive-WorkerMessage -Topic never -Count 1' -Topic run -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'busy'
        $sent = $first.Sent
        # Three more than the half of the queue that one sibling may fill wait in the master.
        Send-WorkerMessage '1..7 | Send-WorkerMessage -Worker 1 -Topic sibling; Send-WorkerMessage done' -Topic run -Worker $second
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'done'
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ($first.Sent -lt $sent + 4 -and $clock.Elapsed.TotalSeconds -lt 30) {
            [System.Threading.Thread]::Sleep(1)
        }
        Stop-ClusterWorker $first -Force
        $messages = @(Wait-Lost $first | ForEach-Object { $_.Messages })
        $messages.Body | Sort-Object | Should -Be (1..7)
        $messages.WorkerId | Select-Object -Unique | Should -Be $second.Id
    }
}

Describe 'MessagesLost at the end of a master' {
    It 'is there after Stop-ClusterMaster <name>' -ForEach @(
        @{ name = '-Force'; options = @{ Force = $true } }
        @{ name = '-DrainTimeoutSec 0'; options = @{ DrainTimeoutSec = 0 } }
    ) {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { $null = Receive-WorkerMessage -Topic never -Count 1 }
        1..3 | Send-WorkerMessage -Any
        $cluster | Stop-ClusterMaster @options
        (Receive-ClusterEvent MessagesLost -Master $cluster).Messages.Body | Should -Be 1, 2, 3
    }

    It 'is not raised when the workers read all before they stop' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2
        1..100 | Send-WorkerMessage -All
        $cluster | Stop-ClusterMaster -DrainTimeoutSec 30
        Receive-ClusterEvent MessagesLost -Master $cluster | Should -BeNullOrEmpty
        Receive-WorkerMessage -Master $cluster | Should -HaveCount 200
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
