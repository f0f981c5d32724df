# -QueueLimit and -QueueBytes of Start-ClusterMaster, the InboxFull event in both directions, and the counters of a worker.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"

    # Makes the worker read nothing until Resume-Reading. A full queue has no room for a word to go on.
    function Suspend-Reading {
        $text = "Send-WorkerMessage suspended; while (-not [System.IO.File]::Exists('$TestDrive/go')) { [System.Threading.Thread]::Sleep(2) }; Send-WorkerMessage resumed"
        Send-WorkerMessage $text -Topic run -Worker $worker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'suspended'
        # Another message is read as soon as it is there, and the credit for this one comes at latest with it.
        Wait-Pending 0
    }
    function Resume-Reading {
        Set-Content -LiteralPath "$TestDrive/go" -Value go
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'resumed'
        Remove-Item -LiteralPath "$TestDrive/go"
    }
    function Wait-Pending([int] $Count) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ($worker.Pending -ne $Count -and $clock.Elapsed.TotalSeconds -lt 30) {
            [System.Threading.Thread]::Sleep(1)
        }
        $worker.Pending | Should -Be $Count
    }
}

Describe 'Start-ClusterMaster -QueueLimit 4' {
    # A cluster for each test: one that has got stuck would be stuck for all.
    BeforeEach {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1 -QueueLimit 4
        $worker = Get-ClusterWorker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'lets four messages be sent to a worker that does not read, and raises InboxFull once per episode' {
        foreach ($episode in 1, 2) {
            # What came back filled the other queue.
            $null = Receive-ClusterEvent
            Suspend-Reading
            1..4 | Send-WorkerMessage -Worker $worker -TimeoutSec 0 -ErrorAction Stop
            Receive-ClusterEvent InboxFull | Should -BeNullOrEmpty
            foreach ($attempt in 1..3) {
                { Send-WorkerMessage more -Worker $worker -TimeoutSec 0.05 -ErrorAction Stop } | Should -Throw -ErrorId 'SendTimeout,*'
            }
            { Invoke-WorkerRequest more -Worker $worker -TimeoutSec 0.05 -ErrorAction Stop } | Should -Throw -ErrorId 'SendTimeout,*'
            $full = @(Receive-ClusterEvent InboxFull)
            $full | Should -HaveCount 1
            $full[0].Worker | Should -Be $worker
            $worker.Pending | Should -Be 4
            Resume-Reading
            Receive-WorkerMessage -Count 4 -ExpandBody @wait | Should -Be (1..4)
            Wait-Pending 0
        }
    }

    It 'lets a worker send four that the master does not read, and raises InboxFull once per episode' {
        foreach ($episode in 1, 2) {
            Send-WorkerMessage '1..20 | Send-WorkerMessage' -Topic run -Worker $worker
            $full = Receive-ClusterEvent InboxFull -Count 1 @wait
            $full.Worker | Should -Be $worker
            $worker.Received | Should -Be (4 + 20 * ($episode - 1))
            # One place is not half of the queue, so the episode goes on.
            Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 1
            Receive-WorkerMessage -Topic never -TimeoutSec 0.2
            Receive-ClusterEvent InboxFull | Should -BeNullOrEmpty
            Receive-WorkerMessage -Count 19 -ExpandBody @wait | Should -Be (2..20)
            $null = Receive-ClusterEvent
        }
    }

    It 'does not raise InboxFull while the queue has room' {
        1..50 | ForEach-Object { Invoke-WorkerRequest $_ @wait } | Should -Be (1..50)
        Receive-ClusterEvent InboxFull | Should -BeNullOrEmpty
    }

    It 'takes more than the queues hold when both read' {
        1..500 | ForEach-Object { Send-WorkerMessage $_ -Worker $worker; if ($_ -gt 3) { Receive-WorkerMessage -Count 1 -ExpandBody @wait } } | Should -Be (1..497)
        Receive-WorkerMessage -Count 3 -ExpandBody @wait | Should -Be (498..500)
        1..500 | Invoke-WorkerRequest @wait | Should -Be (1..500)
    }

    It 'lets a worker be answered whose own queue is full' {
        $text = 'Send-WorkerMessage suspended; $answer = Invoke-WorkerRequest question -TimeoutSec 30; Send-WorkerMessage "answer: $answer"'
        Send-WorkerMessage $text -Topic run -Worker $worker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'suspended'
        $request = Receive-WorkerMessage -Count 1 @wait
        1..4 | Send-WorkerMessage -Worker $worker -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failures
        Send-WorkerMessage 42 -ReplyTo $request -TimeoutSec 5 -ErrorAction Stop
        Receive-WorkerMessage -Count (5 - $failures.Count) -ExpandBody @wait | Should -Be (@('answer: 42') + 1..(4 - $failures.Count))
    }

    It 'lets a master be answered that has not read what fills its queue' {
        Send-WorkerMessage '1..4 | Send-WorkerMessage -Topic unread' -Topic run -Worker $worker
        Invoke-WorkerRequest question -Worker $worker -TimeoutSec 5 -ErrorAction SilentlyContinue | Should -Be 'question'
        Receive-WorkerMessage -Topic unread -Count 4 -ExpandBody @wait | Should -Be (1..4)
    }
}

Describe 'Start-ClusterMaster -QueueBytes 1000' {
    BeforeAll {
        $small = [byte[]]::new(200)
        $large = [byte[]]::new(900)
        $sending = 'Send-WorkerMessage -Body ([byte[]]::new(200)){0}; Send-WorkerMessage -Body ([byte[]]::new(900)){0}'
    }

    BeforeEach {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2 -QueueBytes 1000
        $worker, $sibling = Get-ClusterWorker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'lets so many bytes be sent to a worker that does not read, and raises InboxFull' {
        Suspend-Reading
        Send-WorkerMessage -Body $large -Worker $worker -TimeoutSec 0 -ErrorAction Stop
        { Send-WorkerMessage -Body $small -Worker $worker -TimeoutSec 0.05 -ErrorAction Stop } | Should -Throw -ErrorId 'SendTimeout,*'
        Send-WorkerMessage -Body ([byte[]]::new(100)) -Worker $worker -TimeoutSec 0 -ErrorAction Stop
        Receive-ClusterEvent InboxFull | Should -HaveCount 1
        Resume-Reading
        Receive-WorkerMessage -Count 2 @wait | ForEach-Object { $_.Body.Length } | Should -Be 900, 100
    }

    It 'lets a worker send so many bytes that the master does not read, and raises InboxFull' {
        Send-WorkerMessage ($sending -f '') -Topic run -Worker $worker
        (Receive-ClusterEvent InboxFull -Count 1 -TimeoutSec 10).Worker | Should -Be $worker
        Receive-WorkerMessage -Count 2 @wait | ForEach-Object { $_.Body.Length } | Should -Be 200, 900
    }

    It 'lets one message of any size through when nothing else is unread' {
        Send-WorkerMessage -Body ([byte[]]::new(50000)) -Worker $worker @wait -ErrorAction Stop
        (Receive-WorkerMessage -Count 1 @wait).Body.Length | Should -Be 50000
    }

    It 'lets the second in when the first has been read, by <name>' -ForEach @(
        @{ name = 'a worker'; get = { $small, $large | ForEach-Object { Send-WorkerMessage -Body $_ -Worker $worker @wait }; Receive-WorkerMessage -Count 2 @wait } }
        @{ name = 'a master that waits'; get = { Send-WorkerMessage ($sending -f '') -Topic run -Worker $worker; Receive-WorkerMessage -Count 2 @wait } }
        @{ name = 'a master that looks again and again'; get = {
                Send-WorkerMessage ($sending -f '') -Topic run -Worker $worker
                $clock = [System.Diagnostics.Stopwatch]::StartNew()
                for ($got = 0; $got -lt 2 -and $clock.Elapsed.TotalSeconds -lt 10; ) { Receive-WorkerMessage | ForEach-Object { $got++; $_ } }
            } }
        @{ name = 'a sibling'; get = { Send-WorkerMessage ($sending -f ' -Worker 2 -TimeoutSec 10') -Topic run -Worker $worker; Receive-WorkerMessage -Worker $sibling -Count 2 -TimeoutSec 10 } }
        @{ name = 'a master as answers'; get = {
                @(foreach ($size in 200, 900) { "Send-WorkerMessage -ReplyTo `$message -Body ([byte[]]::new($size))" }) |
                    Invoke-WorkerRequest -Topic run -Worker $worker -TimeoutSec 10 | ForEach-Object { @{ Body = $_ } }
            } }
    ) {
        & $get | ForEach-Object { $_.Body.Length } | Should -Be 200, 900
    }
}

Describe 'Start-ClusterMaster' {
    It 'refuses <name>' -ForEach @(
        @{ name = '-QueueLimit 0'; bad = @{ QueueLimit = 0 } }
        @{ name = '-QueueLimit -1'; bad = @{ QueueLimit = -1 } }
        @{ name = '-QueueBytes 0'; bad = @{ QueueBytes = 0 } }
        @{ name = '-QueueBytes -1'; bad = @{ QueueBytes = -1 } }
    ) {
        { Start-ClusterMaster $obeys -WorkerCount 1 @bad } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        Get-ClusterWorker | Should -BeNullOrEmpty
    }
}

Describe 'The counters of a worker' {
    It 'count messages, requests and answers, and the bytes of their bodies' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1
        try {
            $worker = Get-ClusterWorker
            "$($worker.Sent) $($worker.SentBytes) $($worker.Received) $($worker.ReceivedBytes) $($worker.Pending)" | Should -Be '0 0 0 0 0'
            1..3 | ForEach-Object { Send-WorkerMessage -Body ([byte[]]::new(100)) -Worker $worker }
            $null = Receive-WorkerMessage -Count 3 @wait
            Wait-Pending 0
            "$($worker.Sent) $($worker.SentBytes) $($worker.Received) $($worker.ReceivedBytes)" | Should -Be '3 300 3 300'
            $null = Invoke-WorkerRequest ([byte[]]::new(50)) @wait
            "$($worker.Sent) $($worker.SentBytes) $($worker.Received) $($worker.ReceivedBytes)" | Should -Be '4 350 4 350'
            Send-WorkerMessage -Body ([byte[]]::new(7)) -All
            $null = Receive-WorkerMessage -Count 1 @wait
            $worker.SentBytes | Should -Be 357
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
        $worker.Sent | Should -Be 5
        $worker.Received | Should -Be 5
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
