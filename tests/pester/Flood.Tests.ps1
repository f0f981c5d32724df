# A receiver that does not read while a sender sends without end: memory stays bounded, nothing is lost, and whoever
# waits can be stopped at once. bench/flood.ps1 does it for longer and prints the memory.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 60 }
    $queueBytes = 1MB
    $flood = {
        param($master, $worker)
        $body = 'x' * 1000
        for ($i = 1; ; $i++) { Send-WorkerMessage "$i $body" -Worker $worker -Master $master -ErrorAction Stop }
    }
    # Tells by a file that it may read, since its queue has no room for a word.
    $sleeper = {
        param($gate)
        Send-WorkerMessage ready
        $watcher = [System.IO.FileSystemWatcher]::new([System.IO.Path]::GetDirectoryName($gate))
        $null = $watcher.WaitForChanged('Created', 60000)
        $watcher.Dispose()
        Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object { Send-WorkerMessage ([int]($_ -split ' ')[0]) }
    }
}

Describe 'A worker that does not read under a flood' {
    BeforeEach {
        $gate = "$TestDrive/$([guid]::NewGuid())/gate"
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($gate))
        $cluster = Start-ClusterMaster $sleeper -ArgumentList $gate -WorkerCount 1 -QueueLimit 100000 -QueueBytes $queueBytes
        $worker = Get-ClusterWorker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'ready'
        $sender = Start-Background $flood -ArgumentList $cluster, $worker
        (Receive-ClusterEvent InboxFull -Count 1 @wait).Worker | Should -Be $worker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
        $null = Stop-Background $sender
        Remove-Background $sender
    }

    It 'has no more on its way than its queue holds' {
        $worker.Sent | Should -Be $worker.Pending
        $worker.SentBytes | Should -BeLessOrEqual $queueBytes
        $worker.SentBytes | Should -BeGreaterThan ($queueBytes - 2000)
    }

    It 'gets everything in order when it reads again' {
        # The sender goes on meanwhile, so that queues are full and empty many times.
        [System.IO.File]::WriteAllText($gate, '')
        $numbers = @(Receive-WorkerMessage -Count 20000 -ExpandBody @wait)
        Stop-Background $sender | Should -Be 'Stopped'
        $rest = @(Receive-WorkerMessage -Count ($worker.Sent - 20000) -ExpandBody @wait)
        $all = $numbers + $rest
        $all | Should -HaveCount $worker.Sent
        $wrong = for ($i = 0; $i -lt $all.Count; $i++) { if ($all[$i] -ne $i + 1) { $i } }
        $wrong | Should -BeNullOrEmpty
    }

    It 'does not keep the sender from being stopped' {
        Stop-Background $sender | Should -Be 'Stopped'
        $worker.Sent | Should -Be $worker.Pending
    }

    It 'does not keep the master from being stopped, which tells what was not read' {
        $sent = $worker.Sent
        $cluster | Stop-ClusterMaster -DrainTimeoutSec 0.1
        $lost = Receive-ClusterEvent MessagesLost -Master $cluster
        $lost.Messages | Should -HaveCount $sent
        ($lost.Messages[-1].Body -split ' ')[0] | Should -Be $sent
        { Wait-Background $sender } | Should -Throw '*the message was not delivered*'
    }
}

Describe 'A master that does not read under a flood' {
    BeforeAll {
        $cluster = Start-ClusterMaster -WorkerCount 2 -QueueLimit 100000 -QueueBytes $queueBytes -ScriptBlock {
            $body = 'x' * 1000
            for ($i = 1; ; $i++) { Send-WorkerMessage "$i $body" }
        }
        $full = Receive-ClusterEvent InboxFull -Count 2 @wait
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'keeps no more than the queues hold' {
        $full | ForEach-Object { $_.Worker.Id } | Sort-Object | Should -Be 1, 2
        foreach ($worker in Get-ClusterWorker) {
            $worker.ReceivedBytes | Should -BeLessOrEqual $queueBytes
        }
    }

    It 'gets everything in order when it reads again' {
        $next = @{ 1L = 1; 2L = 1 }
        $wrong = Receive-WorkerMessage -Count 20000 @wait | ForEach-Object {
            if (($_.Body -split ' ')[0] -ne $next[$_.WorkerId]++) { $_ }
        }
        $wrong | Should -BeNullOrEmpty
        $next[1L] + $next[2L] | Should -Be 20002
    }

    It '-TimeoutSec ends although more arrives than is read' {
        $read = Receive-WorkerMessage -Wait -TimeoutSec 0.2 | ForEach-Object { [System.Threading.Thread]::Sleep(1); $_.WorkerId }
        $read | Should -Not -BeNullOrEmpty
    }

    It 'stops workers that wait for it' {
        $null = Receive-ClusterEvent InboxFull -Count 2 @wait
        $workers = Get-ClusterWorker
        $cluster | Stop-ClusterMaster -DrainTimeoutSec 0.1
        $workers | ForEach-Object ExitReason | Should -Be 'Stopped', 'Stopped'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
