# Send-WorkerMessage over time: before a worker is there, while its queue is full, after it has gone, and from inside.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }

    # Workers that leave their messages unread until one with the topic 'read' comes, and then say what they got.
    $reader = {
        $null = Receive-WorkerMessage -Topic read -Count 1
        Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -Body $_.Body -Topic "$($ClusterWorker.Id)" }
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'A message to a worker that is still starting' {
    It 'is kept and delivered once, in order' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body }
        }
        try {
            1..5 | Send-WorkerMessage -Worker 1
            $null = Wait-ClusterWorker 1 -State Ready @wait
            Send-WorkerMessage end -Worker 1
            Receive-WorkerMessage -Count 6 -ExpandBody @wait | Should -Be 1, 2, 3, 4, 5, 'end'
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
    }
}

Describe 'A worker that does not read' {
    BeforeEach {
        $cluster = Start-ClusterMaster -WorkerCount 2 -ScriptBlock $reader
        $worker, $other = Get-ClusterWorker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster
    }

    It 'gets less from -Any than one with fewer unread messages' {
        1..6 | Send-WorkerMessage -Worker $worker
        7..10 | Send-WorkerMessage -Any
        $worker.Pending | Should -Be 6
        $other.Pending | Should -Be 4
        'end' | Send-WorkerMessage -All -Topic read
        (Receive-WorkerMessage -Topic $worker.Id -Count 6 @wait).Body | Should -Be (1..6)
        (Receive-WorkerMessage -Topic $other.Id -Count 4 @wait).Body | Should -Be (7..10)
    }

    It 'is sent 1,000 messages, and the next is an error after -TimeoutSec and is not sent' {
        1..1000 | Send-WorkerMessage -Worker $worker @wait -ErrorAction Stop
        Send-WorkerMessage late -Worker $worker -TimeoutSec 0.2 -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'SendTimeout,*'
        $failures[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        $failures[0].TargetObject | Should -Be $worker

        Send-WorkerMessage -Body 'to the other' -Worker $other @wait -ErrorAction Stop
        Send-WorkerMessage go -All -Topic read -TimeoutSec 0 -ErrorAction SilentlyContinue
        Receive-WorkerMessage -Topic $other.Id -Count 1 -ExpandBody @wait | Should -Be 'to the other'
        $worker.Sent | Should -Be 1000
    }

    It 'is sent 16 MiB, and more is an error after -TimeoutSec' {
        $part = [byte[]]::new(4MB)
        foreach ($i in 1..4) {
            Send-WorkerMessage -Body $part -Worker $worker @wait -ErrorAction Stop
        }
        { Send-WorkerMessage 1 -Worker $worker -TimeoutSec 0 -ErrorAction Stop } | Should -Throw -ErrorId 'SendTimeout,*'
    }

    It 'is sent one message of any size when nothing else is unread' {
        Send-WorkerMessage -Body ([byte[]]::new(20MB)) -Worker $worker @wait -ErrorAction Stop
        $worker.Sent | Should -Be 1
        { Send-WorkerMessage 1 -Worker $worker -TimeoutSec 0 -ErrorAction Stop } | Should -Throw -ErrorId 'SendTimeout,*'
    }

    It 'stops no Ctrl+C of a sender that waits, and gets nothing of what had to wait' {
        $waits = [System.Threading.ManualResetEventSlim]::new()
        $sender = Start-Background -ArgumentList $worker, $waits -Script {
            param($Worker, $Waits)
            1..1001 | ForEach-Object { if ($_ -eq 1001) { $Waits.Set() }; $_ } | Send-WorkerMessage -Worker $Worker
        }
        try {
            $waits.Wait(30000) | Should -BeTrue
            Stop-Background $sender | Should -Be 'Stopped'
        }
        finally {
            Remove-Background $sender
        }
        $worker.Sent | Should -Be 1000
    }

    It 'is stopped all the same' {
        1..1000 | Send-WorkerMessage -Worker $worker
        Stop-ClusterWorker $worker -DrainTimeoutSec 0
        $worker.State | Should -Be 'Exited'
        $other.State | Should -Be 'Ready'
    }
}

Describe 'A worker whose queue is full' {
    It 'is sent the rest when it reads on, nothing lost, nothing twice, in order' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $sum = 0
            $expected = 1
            $inOrder = $true
            Receive-WorkerMessage -Count 5000 | ForEach-Object {
                $inOrder = $inOrder -and $_.Body -eq $expected++
                $sum += $_.Body
            }
            Send-WorkerMessage @{ sum = $sum; inOrder = $inOrder }
        }
        try {
            1..5000 | Send-WorkerMessage -Any @wait -ErrorAction Stop
            $result = Receive-WorkerMessage -Count 1 -ExpandBody @wait
            $result.sum | Should -Be (5000 * 5001 / 2)
            $result.inOrder | Should -BeTrue
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
    }
}

Describe 'A worker that has exited' {
    BeforeAll {
        $cluster = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            Receive-WorkerMessage -Count 1 | ForEach-Object { Send-WorkerMessage $_.Body }
        }
        $gone, $alive = Get-ClusterWorker
        Send-WorkerMessage hello -Worker $gone
        $null = Wait-ClusterWorker $gone @wait
    }

    AfterAll {
        $cluster | Stop-ClusterMaster
    }

    It 'is an error for -Worker with <name>' -ForEach @(
        @{ name = 'its id'; target = { $gone.Id } }
        @{ name = 'itself'; target = { $gone } }
    ) {
        $failure = { Send-WorkerMessage hello -Worker (& $target) -ErrorAction Stop } |
            Should -Throw -ErrorId 'WorkerExited,*' -PassThru
        $failure.TargetObject | Should -Be $gone
    }

    It 'is passed over by -All and -Any, which fail when nobody is left' {
        Send-WorkerMessage hello -All -ErrorAction Stop
        $null = Wait-ClusterWorker $alive @wait
        (Receive-WorkerMessage -Wait @wait).WorkerId | Should -Be $gone.Id, $alive.Id
        { Send-WorkerMessage hello -All -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
        { Send-WorkerMessage hello -Any -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
    }
}

Describe 'Send-WorkerMessage in a worker' {
    It 'sends to the master without a target' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Send-WorkerMessage 'by position'
            1..3 | Send-WorkerMessage
            'a', 'b' | Send-WorkerMessage -Topic letters
            Send-WorkerMessage -Body 4, 5
            $null | Send-WorkerMessage
            @() | Send-WorkerMessage
            Send-WorkerMessage 'end'
        }
        try {
            $messages = @(Receive-WorkerMessage -Wait @wait)
            $messages[0..5].Body | Should -Be 'by position', 1, 2, 3, 'a', 'b'
            @($messages[0..5] | ForEach-Object { "<$($_.Topic)>" }) | Should -Be '<>', '<>', '<>', '<>', '<letters>', '<letters>'
            $messages[6].Body | Should -Be 4, 5
            $messages[7].Body | Should -BeNullOrEmpty
            $messages[8].Body | Should -Be 'end'
            $messages | Should -HaveCount 9
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
    }

    It 'fails with SendTimeout while the master has 1,000 messages unread' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock {
            1..1000 | ForEach-Object { Send-WorkerMessage -Body $_ }
            try {
                Send-WorkerMessage late -TimeoutSec 0.1 -ErrorAction Stop
            }
            catch {
                # Nothing can be sent now, so the exit code tells.
                exit ($_.FullyQualifiedErrorId -like 'SendTimeout,*' ? 42 : 1)
            }
        }
        try {
            (Wait-ClusterWorker @wait).ExitCode | Should -Be 42
            Receive-WorkerMessage -Wait -ExpandBody @wait | Should -Be (1..1000)
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
    }
}
