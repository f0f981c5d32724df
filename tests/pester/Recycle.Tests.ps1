# Workers that reach a limit are replaced by fresh ones, which are ready before.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 60 }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'A worker that reaches a limit' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '-MaxTasks: is replaced after about this many messages, the new one ready before, and loses none' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -MaxTasks 20 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body $ClusterWorker.Id }
        }
        $cluster.MaxTasks | Should -Be 20
        $old = Get-ClusterWorker
        $null = Receive-ClusterEvent
        1..15 | Invoke-WorkerRequest @wait | Should -Be (@(1) * 15)
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $answers = while ($old.State -ne 'Exited' -and $clock.Elapsed.TotalSeconds -lt 60) { 1..5 | Invoke-WorkerRequest -ErrorAction Stop @wait }
        $old.ExitReason | Should -Be 'Recycled'
        $old.ExitedAfterDisconnect | Should -BeTrue
        $recycle, $ready, $reload, $exit = Receive-ClusterEvent Recycle, Ready, Reload, Exit -Count 4 @wait
        $recycle.Reason | Should -Match '^It has had \d+ tasks; -MaxTasks is 20\.$'
        $recycle.Worker, $ready.Worker.Id, $reload.Worker.Id, $exit.Worker | Should -Be $old, 2, 2, $old
        Receive-ClusterEvent Restart, GaveUp, MessagesLost | Should -BeNullOrEmpty
        @($answers | Sort-Object -Unique)[0, 1] | Should -Be 1, 2
    }

    It '-MaxTasks: counts what it has read, and not the answers that it got' {
        $null = Start-ClusterMaster -WorkerCount 1 -MaxTasks 20 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object {
                $sum = (1..50 | Invoke-WorkerRequest | Measure-Object -Sum).Sum
                Send-WorkerMessage -ReplyTo $_ -Body $sum
            }
        }
        $worker = Get-ClusterWorker
        $null = Invoke-WorkerRequest begin -TimeoutSec 0 -ErrorAction SilentlyContinue
        1..50 | ForEach-Object { Receive-WorkerMessage -Count 1 @wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body 1 } }
        # The limits are looked at once a second: an age that is reached a look later shows that the tasks were looked at.
        Set-ClusterMaster -MaxAge 0:0:3
        (Receive-ClusterEvent Recycle -Count 1 @wait).Reason | Should -Match '-MaxAge is 3 s'
        $worker.Sent | Should -BeGreaterThan 50
    }

    It '-MaxAge: is replaced when it is old, and not all at once' {
        $null = Start-ClusterMaster -WorkerCount 2 -MaxAge 0:0:2 -ScriptBlock { Receive-WorkerMessage -Wait }
        $events = Receive-ClusterEvent Fork, Exit -Count 6 @wait
        # Two at the start; then each time the new one starts before the old one ends, one after the other.
        $events.Name[0..5] | Should -Be 'Fork', 'Fork', 'Fork', 'Exit', 'Fork', 'Exit'
        $events[3].Worker.ExitReason | Should -Be 'Recycled'
    }

    It '-MaxMemory: one that allocates without end is replaced, and the service goes on' {
        $limit = (Get-Process -Id $PID).WorkingSet64 + 200MB
        $null = Start-ClusterMaster -WorkerCount 1 -MaxMemory $limit -ScriptBlock {
            $hoard = [System.Collections.Generic.List[byte[]]]::new()
            Receive-WorkerMessage -Wait | ForEach-Object {
                if ($_.Kind -eq 'Request') { Send-WorkerMessage -ReplyTo $_ -Body $ClusterWorker.Id }
                else {
                    while ($true) {
                        $block = [byte[]]::new(4MB)
                        [System.Array]::Fill($block, [byte] 1)
                        $hoard.Add($block)
                        [System.Threading.Thread]::Sleep(20)
                    }
                }
            }
        }
        Invoke-WorkerRequest x @wait | Should -Be 1
        Send-WorkerMessage 'allocate' -All
        $recycle = Receive-ClusterEvent Recycle -Count 1 @wait
        $recycle.Worker.Id | Should -Be 1
        $recycle.Reason | Should -Match '^It uses \d+ MiB; -MaxMemory is \d+ MiB\.$'
        (Receive-ClusterEvent Reload -Count 1 @wait).Worker.Id | Should -Be 2
        Invoke-WorkerRequest x @wait | Should -Be 2
        (Receive-ClusterEvent Exit -Count 1 @wait).Worker.Id | Should -Be 1
        (Get-ClusterWorker 1).ExitReason | Should -Be 'Recycled'
    }

    It 'stays if its replacement fails' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body $ClusterWorker.Id }
        }
        $cluster | Set-ClusterMaster -MaxTasks 1 -ScriptBlock { throw 'worse than before' }
        Invoke-WorkerRequest x @wait | Should -Be 1
        $aborted = Receive-ClusterEvent ReloadAborted -Count 1 @wait
        $aborted.Error.Exception.Message | Should -Be 'worse than before'
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '1 Ready'
        Invoke-WorkerRequest x @wait | Should -Be 1
    }

    It 'is left alone when the limit is taken away' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -MaxAge 1:0:0 -ScriptBlock { Receive-WorkerMessage -Wait }
        $cluster | Set-ClusterMaster -MaxAge 0
        $cluster.MaxAge | Should -BeNullOrEmpty
    }
}
