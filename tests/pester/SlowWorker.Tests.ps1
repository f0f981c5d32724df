# A worker that is slow, full or leaving holds up nobody but itself: -Any, requests, acknowledgements, -All and siblings.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 60 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"

    # Answers requests with its id, and tells at the end how many messages it has read and whether they came in order.
    $counts = {
        $read = 0
        $inOrder = $true
        Receive-WorkerMessage -Wait | ForEach-Object {
            if ($_.Topic -eq 'block') {
                Send-WorkerMessage 'blocked'
                while (-not [System.IO.File]::Exists("$using:TestDrive/go")) { [System.Threading.Thread]::Sleep(2) }
            }
            elseif ($_.Topic -eq 'end') { Send-WorkerMessage @{ read = $read; inOrder = $inOrder } }
            elseif ($_.Topic -eq 'large') { Send-WorkerMessage -ReplyTo $_ -Body ([byte[]]::new(1MB)) }
            elseif ($_.Kind -eq 'Request') { Send-WorkerMessage -ReplyTo $_ -Body $ClusterWorker.Id }
            else {
                $read++
                $inOrder = $inOrder -and ($_.Body -isnot [int] -or $_.Body -eq $read)
            }
        }
    }

    # The first worker reads nothing more from now on, until Resume-Worker.
    function Start-Blocked([hashtable] $With = @{}, [int] $Count = 2) {
        Remove-Item -LiteralPath "$TestDrive/go" -ErrorAction Ignore
        $script:cluster = Start-ClusterMaster -ScriptBlock $counts -WorkerCount $Count @With
        $script:blocked, $script:free = Get-ClusterWorker
        Send-WorkerMessage 'now' -Topic block -Worker $blocked
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'blocked'
        Wait-Until { $blocked.Pending -eq 0 }
        $script:sentBefore = $blocked.Sent
    }
    function Resume-Worker {
        Set-Content -LiteralPath "$TestDrive/go" -Value go
    }
    function Wait-Until([scriptblock] $Condition) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Condition) -and $clock.Elapsed.TotalSeconds -lt 60) {
            [System.Threading.Thread]::Sleep(2)
        }
        & $Condition | Should -BeTrue -Because "$Condition"
    }
    function Get-Count($Worker) {
        Send-WorkerMessage 'now' -Topic end -Worker $Worker
        Receive-WorkerMessage -Worker $Worker -Count 1 -ExpandBody @wait
    }
}

Describe 'A worker that reads nothing' {
    AfterEach {
        Resume-Worker
        if ($sender) { Remove-Background $sender }
        $cluster | Stop-ClusterMaster -Force
        $sender = $null
    }

    It 'gets what its queue holds of 20,000 requests, and the other answers all the rest' {
        Start-Blocked
        $sender = Start-Background { param($Cluster) 1..20000 | Invoke-WorkerRequest -Master $Cluster } $cluster
        Wait-Until { $free.Received -ge 19000 }
        $blocked.Sent - $sentBefore | Should -BeLessOrEqual 1000
        Resume-Worker
        Wait-Background $sender
        $sender.Streams.Error | Should -BeNullOrEmpty
        $sender.Output | Should -HaveCount 20000
        @($sender.Output -eq $blocked.Id).Count | Should -Be ($blocked.Sent - $sentBefore)
    }

    It 'gets what its queue holds in bytes' {
        Start-Blocked @{ QueueBytes = 100000 }
        $sender = Start-Background { param($Cluster) , [byte[]]::new(20000) * 300 | Invoke-WorkerRequest -Master $Cluster } $cluster
        Wait-Until { $free.Received -ge 295 }
        $blocked.Sent - $sentBefore | Should -BeLessOrEqual 5
        Resume-Worker
        Wait-Background $sender
        $sender.Output | Should -HaveCount 300
    }

    It 'gets no message of -Any by its bytes while another has room' {
        Start-Blocked @{ QueueBytes = 1000 }
        Send-WorkerMessage -Body ([byte[]]::new(900)) -Worker $blocked
        1..20 | ForEach-Object { Send-WorkerMessage -Body ([byte[]]::new(200)) -Any -TimeoutSec 20 -ErrorAction Stop }
        $blocked.Sent - $sentBefore | Should -Be 1
        (Get-Count $free).read | Should -Be 20
    }

    It 'holds up no acknowledgement of -Any but those of its own messages' {
        Start-Blocked @{ QueueLimit = 50 }
        $sender = Start-Background { param($Cluster) 1..2000 | Send-WorkerMessage -Any -Acknowledge -Master $Cluster } $cluster
        Wait-Until { $free.Sent -ge 1950 -and $free.Pending -eq 0 }
        $sender.Run.IsCompleted | Should -BeFalse
        $blocked.Sent - $sentBefore | Should -BeLessOrEqual 50
        Resume-Worker
        Wait-Background $sender
        $sender.Streams.Error | Should -BeNullOrEmpty
        (Get-Count $blocked).read + (Get-Count $free).read | Should -Be 2000
    }

    It 'holds up no other worker of -All, and gets all when it reads on, in order' {
        Start-Blocked
        $sender = Start-Background { param($Cluster) 1..3000 | Send-WorkerMessage -All -Master $Cluster } $cluster
        Wait-Until { $free.Sent -eq 3000 -and $free.Pending -eq 0 }
        $blocked.Sent - $sentBefore | Should -Be 1000
        $sender.Run.IsCompleted | Should -BeFalse
        Resume-Worker
        Wait-Background $sender
        foreach ($worker in $blocked, $free) {
            $count = Get-Count $worker
            $count.read | Should -Be 3000
            $count.inOrder | Should -BeTrue
        }
    }

    It 'is named by -All when it did not get a message in time, and the others have it' {
        Start-Blocked @{ QueueLimit = 4 }
        1..6 | Send-WorkerMessage -All -TimeoutSec 0.5 -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 2
        $failures.FullyQualifiedErrorId | Should -BeLike 'SendTimeout,*'
        $failures.TargetObject | Should -Be $blocked, $blocked
        (Get-Count $free).read | Should -Be 6
        Resume-Worker
        (Get-Count $blocked).read | Should -Be 4
    }

    It 'keeps no -All from being stopped by Ctrl+C' {
        Start-Blocked @{ QueueLimit = 4 }
        $sender = Start-Background { param($Cluster) 1..100 | Send-WorkerMessage -All -Master $Cluster } $cluster
        Wait-Until { $free.Sent -eq 100 }
        Stop-Background $sender | Should -Be 'Stopped'
        Resume-Worker
        (Get-Count $blocked).read | Should -Be 4
        (Get-Count $free).read | Should -Be 100
    }

    It 'holds up no other worker that is piped in behind it' {
        Start-Blocked @{ QueueLimit = 4 }
        1..4 | Send-WorkerMessage -Worker $blocked
        $sender = Start-Background { param($Workers) $Workers | Send-WorkerMessage -Body 'hello' } @(, @($blocked, $free))
        Wait-Until { $free.Sent -eq 1 }
        Resume-Worker
        Wait-Background $sender
        (Get-Count $blocked).read | Should -Be 5
    }

    It 'lets no more answers be kept behind its own than the memory for them holds' {
        Start-Blocked @{ QueueLimit = 4 }
        $sender = Start-Background { param($Cluster) 1..200 | Invoke-WorkerRequest -Topic large -Master $Cluster | ForEach-Object { $_.Length } } $cluster
        Wait-Until { $free.Received -ge 64 }
        Start-Sleep -Milliseconds 500
        $free.Sent | Should -BeLessOrEqual 72
        Resume-Worker
        Wait-Background $sender
        $sender.Output | Should -HaveCount 200
    }
}

Describe 'A worker that leaves' {
    It 'passes a message of -Any on that it has not read, also one whose acknowledgement is waited for' {
        Start-Blocked @{ RestartPolicy = 'Never' } 1
        $sender = Start-Background { param($Cluster) 1..3 | Send-WorkerMessage -Any -Acknowledge -Master $Cluster } $cluster
        try {
            Wait-Until { $blocked.Pending -eq 3 }
            $cluster | Set-ClusterMaster -WorkerCount 2
            $null = Wait-ClusterWorker 2 -State Ready @wait
            Stop-ClusterWorker $blocked -DrainTimeoutSec 0
            Wait-Background $sender
            $sender.Streams.Error | Should -BeNullOrEmpty
            $count = Get-Count 2
            $count.read | Should -Be 3
            $count.inOrder | Should -BeTrue
            Receive-ClusterEvent MessagesLost | Should -BeNullOrEmpty
        }
        finally {
            Remove-Background $sender
            $cluster | Stop-ClusterMaster -Force
        }
    }
}

Describe 'A sibling that floods a worker' {
    BeforeEach {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 3 -QueueLimit 4
        $first, $second, $third = Get-ClusterWorker
        Remove-Item -LiteralPath "$TestDrive/go" -ErrorAction Ignore

        # The first reads nothing until it is told to go on and then does what the text says; meanwhile the third floods it.
        function Start-Flood([string] $Then) {
            $text = "Send-WorkerMessage begun; while (-not [System.IO.File]::Exists('$TestDrive/go')) { [System.Threading.Thread]::Sleep(2) }; $Then"
            Send-WorkerMessage $text -Topic run -Worker $first
            Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'begun'
            $before = $third.Received
            Send-WorkerMessage '1..100 | Send-WorkerMessage -Worker 1 -Topic flood' -Topic run -Worker $third
            Wait-Until { $third.Received -ge $before + 4 }
        }
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'holds up no answer' {
        Start-Flood 'Send-WorkerMessage (Invoke-WorkerRequest question -Worker 2 -TimeoutSec 20)'
        Resume-Worker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'question'
    }

    It 'holds up no message of another sibling' {
        Start-Flood 'Send-WorkerMessage (Receive-WorkerMessage -Topic other -Count 1 -TimeoutSec 20).Body'
        Send-WorkerMessage 'Send-WorkerMessage "from another" -Worker 1 -Topic other' -Topic run -Acknowledge -Worker $second @wait
        Resume-Worker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'from another'
    }

    It 'gets the others all the same, in order' {
        Start-Flood '$all = (Receive-WorkerMessage -Topic flood -Count 100 -TimeoutSec 60).Body; Send-WorkerMessage "$all"'
        Resume-Worker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be "$(1..100)"
    }
}

Describe 'A worker that writes to several siblings' {
    It 'reaches those that read while one does not' {
        Remove-Item -LiteralPath "$TestDrive/go" -ErrorAction Ignore
        $cluster = Start-ClusterMaster $obeys -WorkerCount 3 -QueueLimit 4
        try {
            Send-WorkerMessage "Send-WorkerMessage begun; while (-not [System.IO.File]::Exists('$TestDrive/go')) { [System.Threading.Thread]::Sleep(2) }" -Topic run -Worker 1
            Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'begun'
            Send-WorkerMessage '1..20 | Send-WorkerMessage -Worker 1, 2; Send-WorkerMessage sent' -Topic run -Worker 3
            Receive-WorkerMessage -Worker 2 -Count 20 -ExpandBody @wait | Should -Be (1..20)
            Resume-Worker
            Receive-WorkerMessage -Worker 1 -Count 20 -ExpandBody @wait | Should -Be (1..20)
            Receive-WorkerMessage -Worker 3 -Count 1 -ExpandBody @wait | Should -Be 'sent'
        }
        finally {
            $cluster | Stop-ClusterMaster -Force
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
