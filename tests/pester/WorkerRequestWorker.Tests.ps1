# Requests that a worker makes, requests to workers that end, and answers to what is no request.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"
}

Describe 'Invoke-WorkerRequest in a worker' {
    BeforeAll {
        $cluster = Start-ClusterMaster $obeys -Name Asking -WorkerCount 2
        $first, $second = Get-ClusterWorker -Master Asking

        # The worker sends what the text gives, or the id of its error.
        function Start-There([string] $Text, $Worker = $first) {
            Send-WorkerMessage "try { `$result = @($Text) } catch { `$result = `$_.FullyQualifiedErrorId, `$_.Exception.Message }; Send-WorkerMessage -Body `$result -Topic result" -Topic run -Worker $Worker
        }
        function Receive-There {
            (Receive-WorkerMessage -Topic result -Count 1 @wait).Body
        }
    }

    AfterEach {
        Receive-WorkerMessage -Master Asking | Should -BeNullOrEmpty
        Invoke-WorkerRequest 'still here' -Worker $first, $second @wait | Should -Be 'still here', 'still here'
    }

    AfterAll {
        Stop-ClusterMaster Asking
    }

    It 'asks the master' {
        Start-There 'Invoke-WorkerRequest question -Topic asked -TimeoutSec 30'
        $request = Receive-WorkerMessage -Count 1 @wait
        $request.Kind | Should -Be 'Request'
        $request.WorkerId | Should -Be $first.Id
        $request.Body | Should -Be 'question'
        $request.Topic | Should -Be 'asked'
        Send-WorkerMessage 42 -ReplyTo $request
        Receive-There | Should -Be 42
    }

    It 'asks the master many things at once, who answers as it likes' {
        Start-There '1..200 | Invoke-WorkerRequest -TimeoutSec 30'
        $requests = @(Receive-WorkerMessage -Count 200 @wait)
        [array]::Reverse($requests)
        foreach ($request in $requests) {
            Send-WorkerMessage ($request.Body * 2) -ReplyTo $request
        }
        Receive-There | Should -Be @(1..200 | ForEach-Object { $_ * 2 })
    }

    It 'gets the error that the master answers with' {
        Start-There 'Invoke-WorkerRequest question -TimeoutSec 30 -ErrorAction Stop'
        $request = Receive-WorkerMessage -Count 1 @wait
        try {
            throw [System.Management.Automation.ErrorRecord]::new([System.InvalidOperationException]::new('not today'), 'Closed', 'ResourceBusy', $null)
        }
        catch {
            Send-WorkerMessage -Body $_ -ReplyTo $request
        }
        $id, $told = Receive-There
        $id | Should -BeLike 'Closed*'
        $told | Should -Be 'not today'
    }

    It 'fails with RequestTimeout when the master does not answer, who may read it later' {
        Start-There 'Invoke-WorkerRequest question -Topic question -TimeoutSec 0.2 -ErrorAction Stop'
        (Receive-There)[0] | Should -BeLike 'RequestTimeout,*'
        $request = Receive-WorkerMessage -Topic question -Count 1 @wait
        Send-WorkerMessage late -ReplyTo $request -ErrorAction Stop
    }

    It 'asks a sibling' {
        Start-There '1..3 | Invoke-WorkerRequest -Worker 2 -TimeoutSec 30'
        Receive-There | Should -Be 1, 2, 3
    }

    It 'asks a sibling, who sees who asks' {
        Start-There 'Invoke-WorkerRequest "Send-WorkerMessage -ReplyTo `$message -Body `$message.WorkerId" -Topic run -Worker 2 -TimeoutSec 30'
        Receive-There | Should -Be $first.Id
    }

    It 'gets the error that a sibling answers with' {
        Start-There 'Invoke-WorkerRequest "try { throw `"no luck`" } catch { Send-WorkerMessage -ReplyTo `$message -Body `$_ }" -Topic run -Worker 2 -TimeoutSec 30 -ErrorAction Stop'
        $id, $told = Receive-There
        $id | Should -BeLike 'no luck*'
        $told | Should -Be 'no luck'
    }

    It 'fails at once for a sibling that never was, and the master hears of it' {
        Start-There 'Invoke-WorkerRequest hello -Worker 99 -TimeoutSec 30 -ErrorAction Stop'
        (Receive-There)[0] | Should -BeLike 'ChannelClosed,*'
        $lost = Receive-ClusterEvent MessagesLost -Count 1 @wait
        $lost.Messages.Body | Should -Be 'hello'
    }
}

Describe 'A request to a worker that ends' {
    BeforeEach {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2
        $first, $second = Get-ClusterWorker
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
    }

    AfterEach {
        $cluster | Stop-ClusterMaster
    }

    It 'fails with WorkerExited at once when the worker <name>' -ForEach @(
        @{ name = 'exits'; text = 'exit 3' }
        @{ name = 'is killed'; text = '[System.Diagnostics.Process]::GetCurrentProcess().Kill()' }
        @{ name = 'fails'; text = 'throw "enough"' }
    ) {
        # The second and the third are never read.
        $null = $text, 'two', 'three' | Invoke-WorkerRequest -Topic run -Worker $first @wait -ErrorAction SilentlyContinue -ErrorVariable failures
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 25
        $failures | Should -HaveCount 3
        $failures.FullyQualifiedErrorId | Should -BeLike 'WorkerExited,*'
        $failures[0].TargetObject | Should -Be $first
        { Invoke-WorkerRequest again -Worker $first @wait -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
        Invoke-WorkerRequest hello @wait | Should -Be 'hello'
    }

    It 'has its answer when the worker gave one before it ended' {
        Invoke-WorkerRequest 'Send-WorkerMessage -ReplyTo $message -Body last; exit' -Topic run -Worker $first @wait -ErrorAction Stop | Should -Be 'last'
    }

    It 'fails at once in the sibling that made it, when it was read' {
        Send-WorkerMessage '
            try { Invoke-WorkerRequest "exit 3" -Topic run -Worker 2 -TimeoutSec 20 -ErrorAction Stop }
            catch { Send-WorkerMessage $_.FullyQualifiedErrorId }' -Topic run -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -BeLike 'ChannelClosed,*'
    }

    It 'fails at once in the sibling that made it, when it was not read' {
        Send-WorkerMessage '$null = Receive-WorkerMessage -Topic go -Count 1; exit 3' -Topic run -Worker $second
        # The first request is there when the worker ends; the second comes before or after that.
        Send-WorkerMessage '
            1, 2 | ForEach-Object { if ($_ -eq 2) { Send-WorkerMessage go -Topic go -Worker 2 }; $_ } |
                Invoke-WorkerRequest -Worker 2 -TimeoutSec 20 -ErrorAction SilentlyContinue -ErrorVariable failures
            Send-WorkerMessage -Body @($failures.FullyQualifiedErrorId)' -Topic run -Worker $first
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -BeLike 'ChannelClosed,*'
    }

    It 'fails for whoever answers one that has ended' {
        Send-WorkerMessage '$null = Invoke-WorkerRequest question -TimeoutSec 0 -ErrorAction SilentlyContinue; exit' -Topic run -Worker $first
        $request = Receive-WorkerMessage -Count 1 @wait
        $null = Wait-ClusterWorker $first @wait
        { Send-WorkerMessage late -ReplyTo $request -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
    }
}

Describe 'Send-WorkerMessage -ReplyTo' {
    BeforeAll {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1
    }

    AfterAll {
        $cluster | Stop-ClusterMaster
    }

    It 'refuses a message that is no request: <kind>' -ForEach @(
        @{ kind = 'Message'; text = 'Send-WorkerMessage hello' }
        @{ kind = 'Output'; text = '"hello"' }
    ) {
        Send-WorkerMessage $text -Topic run -Any
        $message = Receive-WorkerMessage -Count 1 @wait
        $message.Kind | Should -Be $kind
        $failure = { Send-WorkerMessage hello -ReplyTo $message -ErrorAction Stop } | Should -Throw -ErrorId 'NotARequest,*' -PassThru
        $failure.TargetObject | Should -Be $message
    }

    It 'refuses it in a worker too' {
        Send-WorkerMessage 'try { Send-WorkerMessage hello -ReplyTo $message -ErrorAction Stop } catch { Send-WorkerMessage $_.FullyQualifiedErrorId }' -Topic run -Any
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -BeLike 'NotARequest,*'
    }

    It 'refuses <name>' -ForEach @(
        @{ name = 'null'; bad = @{ ReplyTo = $null }; id = 'ParameterArgumentValidationError*' }
        @{ name = 'a number'; bad = @{ ReplyTo = 1 }; id = 'CannotConvertArgument*' }
    ) {
        { Send-WorkerMessage hello @bad } | Should -Throw -ErrorId $id
    }

    It 'refuses a receiver beside it' {
        Send-WorkerMessage 'Send-WorkerMessage hello' -Topic run -Any
        $message = Receive-WorkerMessage -Count 1 @wait
        { Send-WorkerMessage hello -ReplyTo $message -All } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
