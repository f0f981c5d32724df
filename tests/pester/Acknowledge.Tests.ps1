# Send-WorkerMessage -Acknowledge: it returns when the receiver's script has read the message, and not before.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"

    # Makes a worker read nothing but a message with the topic 'go' until that comes.
    function Suspend-Reading($Worker) {
        Send-WorkerMessage '$null = Receive-WorkerMessage -Topic go -Count 1; Send-WorkerMessage "went on"' -Topic run -Worker $Worker
    }
}

Describe 'Send-WorkerMessage -Acknowledge' {
    BeforeAll {
        $cluster = Start-ClusterMaster $obeys -Name Signed -WorkerCount 2
        $first, $second = Get-ClusterWorker -Master Signed
    }

    AfterEach {
        Receive-WorkerMessage -Master Signed | Should -BeNullOrEmpty
        Invoke-WorkerRequest 'still here' -Worker $first, $second @wait | Should -Be 'still here', 'still here'
    }

    AfterAll {
        Stop-ClusterMaster Signed
    }

    It 'returns when a worker has read it, and writes nothing' {
        Send-WorkerMessage hello -Acknowledge -Worker $first @wait -ErrorAction Stop | Should -BeNullOrEmpty
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'hello'
    }

    It 'fails with AcknowledgeTimeout while it is not read, and it is read later' {
        Suspend-Reading $first
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $failure = { Send-WorkerMessage hello -Acknowledge -Worker $first -TimeoutSec 0.4 -ErrorAction Stop } |
            Should -Throw -ErrorId 'AcknowledgeTimeout,*' -PassThru
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual 0.39
        $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
        Send-WorkerMessage go -Topic go -Acknowledge -Worker $first @wait -ErrorAction Stop
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'went on', 'hello'
    }

    It 'fails at once with -TimeoutSec 0' {
        Suspend-Reading $first
        { Send-WorkerMessage hello -Acknowledge -Worker $first -TimeoutSec 0 -ErrorAction Stop } | Should -Throw -ErrorId 'AcknowledgeTimeout,*'
        Send-WorkerMessage go -Topic go -Worker $first
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'went on', 'hello'
    }

    It 'waits for as long as it takes without -TimeoutSec' {
        Suspend-Reading $first
        $sender = Start-Background { param($Worker) 'about to'; Send-WorkerMessage hello -Acknowledge -Worker $Worker; 'has been read' } $first
        try {
            Wait-BackgroundOutput $sender
            # This one would be acknowledged before the other, which is there by then.
            { Send-WorkerMessage world -Acknowledge -Worker $first -TimeoutSec 0.4 -ErrorAction Stop } | Should -Throw -ErrorId 'AcknowledgeTimeout,*'
            $sender.Output.Count | Should -Be 1
            Send-WorkerMessage go -Topic go -Worker $first
            Wait-Background $sender
            $sender.Output | Should -Be 'about to', 'has been read'
        }
        finally {
            Remove-Background $sender
        }
        Receive-WorkerMessage -Count 3 -ExpandBody @wait | Sort-Object | Should -Be 'hello', 'went on', 'world'
    }

    It 'is stopped by Ctrl+C' {
        Suspend-Reading $first
        $sender = Start-Background { param($Worker) 'about to'; Send-WorkerMessage hello -Acknowledge -Worker $Worker } $first
        try {
            Wait-BackgroundOutput $sender
            Stop-Background $sender | Should -Be 'Stopped'
        }
        finally {
            Remove-Background $sender
        }
        Send-WorkerMessage go -Topic go -Acknowledge -Worker $first @wait -ErrorAction Stop
        Invoke-WorkerRequest end -Worker $first @wait | Should -Be 'end'
        (Receive-WorkerMessage -ExpandBody)[0] | Should -Be 'went on'
    }

    It 'waits for each message of <name>' -ForEach @(
        @{ name = 'a pipeline'; target = { @{ Worker = $first } }; count = 5 }
        @{ name = '-All'; target = { @{ All = $true } }; count = 10 }
        @{ name = '-Any'; target = { @{ Any = $true } }; count = 5 }
    ) {
        $receivers = & $target
        1..5 | Send-WorkerMessage -Acknowledge @receivers @wait -ErrorAction Stop
        $echoes = Receive-WorkerMessage -Count $count -ExpandBody @wait | Sort-Object -Unique
        $echoes | Should -Be (1..5)
    }

    It 'reports each worker of -All that did not read' {
        Suspend-Reading $second
        Send-WorkerMessage hello -Acknowledge -All -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'AcknowledgeTimeout,*'
        $failures[0].Exception.Message | Should -BeLike "*$($second.Id)*"
        Send-WorkerMessage go -Topic go -Worker $second
        $messages = Receive-WorkerMessage -Count 3 @wait
        ($messages | Where-Object WorkerId -EQ $first.Id).Body | Should -Be 'hello'
        ($messages | Where-Object WorkerId -EQ $second.Id).Body | Should -Be 'went on', 'hello'
    }
}

Describe 'Send-WorkerMessage -Acknowledge in a worker' {
    BeforeAll {
        $cluster = Start-ClusterMaster $obeys -Name Signed -WorkerCount 2
        $first, $second = Get-ClusterWorker -Master Signed

        function Start-There([string] $Text) {
            Send-WorkerMessage "try { $Text; `$result = 'was read' } catch { `$result = `$_.FullyQualifiedErrorId }; Send-WorkerMessage `$result -Topic result" -Topic run -Worker $first
        }
        function Receive-There {
            Receive-WorkerMessage -Topic result -Count 1 -ExpandBody @wait
        }
    }

    AfterEach {
        Receive-WorkerMessage -Master Signed | Should -BeNullOrEmpty
        Invoke-WorkerRequest 'still here' -Worker $first, $second @wait | Should -Be 'still here', 'still here'
    }

    AfterAll {
        Stop-ClusterMaster Signed
    }

    It 'returns when the master has read it, by <name>' -ForEach @(
        @{ name = '-Count'; read = { Receive-WorkerMessage -Count 1 -ExpandBody @wait } }
        @{ name = '-Wait'; read = { Receive-WorkerMessage -Wait -ExpandBody @wait | Select-Object -First 1 } }
        @{ name = 'looking again and again'; read = { do { $hello = Receive-WorkerMessage -ExpandBody } until ($hello); $hello } }
    ) {
        Start-There 'Send-WorkerMessage hello -Acknowledge -TimeoutSec 30 -ErrorAction Stop'
        & $read | Should -Be 'hello'
        Receive-There | Should -Be 'was read'
    }

    It 'fails with AcknowledgeTimeout while the master does not read it' {
        Start-There 'Send-WorkerMessage hello -Acknowledge -Topic hello -TimeoutSec 0.3 -ErrorAction Stop'
        Receive-There | Should -BeLike 'AcknowledgeTimeout,*'
        Receive-WorkerMessage -Topic hello -ExpandBody | Should -Be 'hello'
    }

    It 'returns when a sibling has read it' {
        Start-There 'Send-WorkerMessage hello -Acknowledge -Worker 2 -TimeoutSec 30 -ErrorAction Stop'
        Receive-There | Should -Be 'was read'
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'hello'
    }

    It 'fails with AcknowledgeTimeout while a sibling does not read it' {
        Suspend-Reading $second
        Start-There 'Send-WorkerMessage hello -Acknowledge -Worker 2 -TimeoutSec 0.3 -ErrorAction Stop'
        Receive-There | Should -BeLike 'AcknowledgeTimeout,*'
        Send-WorkerMessage go -Topic go -Worker $second
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'went on', 'hello'
    }

    It 'fails at once for a sibling that never was' {
        Start-There 'Send-WorkerMessage hello -Acknowledge -Worker 99 -TimeoutSec 30 -ErrorAction Stop'
        Receive-There | Should -BeLike 'ChannelClosed,*'
    }
}

Describe 'Send-WorkerMessage -Acknowledge to a worker that ends' {
    BeforeEach {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2
        $first, $second = Get-ClusterWorker
    }

    AfterEach {
        $cluster | Stop-ClusterMaster
    }

    It 'returns when the message was the last that the worker read' {
        Send-WorkerMessage exit -Topic run -Acknowledge -Worker $first @wait -ErrorAction Stop
    }

    It 'fails with WorkerExited when the worker ends without reading it' {
        Send-WorkerMessage '$null = Receive-WorkerMessage -Topic go -Count 1; exit 3' -Topic run -Worker $first
        $sender = Start-Background { param($Worker) 'about to'; Send-WorkerMessage hello -Acknowledge -Worker $Worker } $first
        try {
            Wait-BackgroundOutput $sender
            Send-WorkerMessage go -Topic go -Worker $first
            Wait-Background $sender
            $sender.Streams.Error | Should -HaveCount 1
            $sender.Streams.Error[0].FullyQualifiedErrorId | Should -BeLike 'WorkerExited,*'
            $sender.Streams.Error[0].TargetObject | Should -Be $first
        }
        finally {
            Remove-Background $sender
        }
    }

    It 'fails at once in a sibling when the worker ends without reading it' {
        Send-WorkerMessage '$null = Receive-WorkerMessage -Topic go -Count 1; exit 3' -Topic run -Acknowledge -Worker $second
        $passedOn = $second.Sent + 1
        Send-WorkerMessage '
            try { Send-WorkerMessage hello -Acknowledge -Worker 2 -TimeoutSec 20 -ErrorAction Stop }
            catch { Send-WorkerMessage $_.FullyQualifiedErrorId }' -Topic run -Worker $first
        # It is on its way to the second worker before that is told to end.
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ($second.Sent -lt $passedOn -and $clock.Elapsed.TotalSeconds -lt 30) {
            [System.Threading.Thread]::Sleep(1)
        }
        Send-WorkerMessage go -Topic go -Worker $second
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -BeLike 'ChannelClosed,*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
