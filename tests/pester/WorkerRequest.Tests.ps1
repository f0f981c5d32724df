# Invoke-WorkerRequest and Send-WorkerMessage -ReplyTo: answers, errors as answers, no answer, and who can ask whom.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"
}

Describe 'Invoke-WorkerRequest' {
    BeforeAll {
        $cluster = Start-ClusterMaster $obeys -Name Asked -WorkerCount 2
        $first, $second = Get-ClusterWorker -Master Asked
    }

    AfterEach {
        # Nothing that belongs to a request is left for others.
        Receive-WorkerMessage -Master Asked | Should -BeNullOrEmpty
        Get-ClusterWorker -Master Asked | Should -HaveCount 2
    }

    AfterAll {
        Stop-ClusterMaster Asked
    }

    It 'returns the answer' {
        Invoke-WorkerRequest @{ name = 'ada'; list = 1, 2 } -Worker $first @wait | ForEach-Object {
            $_.name | Should -Be 'ada'
            $_.list | Should -Be 1, 2
        }
    }

    It 'asks the worker that is named, by <name>' -ForEach @(
        @{ name = 'itself'; target = { $second } }
        @{ name = 'its id'; target = { $second.Id } }
        @{ name = 'its slot'; target = { 'slot:1' } }
    ) {
        Invoke-WorkerRequest 'Send-WorkerMessage -ReplyTo $message $ClusterWorker.Id' -Topic run -Worker (& $target) @wait | Should -Be $second.Id
    }

    It 'shows a long list in a message as its type and length: the engine makes a text of every message that is answered' {
        Invoke-WorkerRequest 'Send-WorkerMessage ([byte[]]::new(200000)); Send-WorkerMessage (1..3); Send-WorkerMessage -ReplyTo $message sent' -Topic run -Worker $first @wait |
            Should -Be 'sent'
        Receive-WorkerMessage -Master Asked -Count 2 @wait | ForEach-Object { "$_" } | Should -Be 'Byte[] of 200000', '1 2 3'
    }

    It 'asks one worker when none is named' {
        Invoke-WorkerRequest hello @wait | Should -Be 'hello'
    }

    It 'asks each of several workers once' {
        'Send-WorkerMessage -ReplyTo $message $ClusterWorker.Id' |
            Invoke-WorkerRequest -Topic run -Worker * @wait | Should -Be $first.Id, $second.Id
    }

    It 'shows the worker a message of kind Request with its topic' {
        $text = 'Send-WorkerMessage -ReplyTo $message @{ kind = $message.Kind; topic = $message.Topic; from = $message.WorkerId }'
        $seen = Invoke-WorkerRequest $text -Topic run @wait
        $seen.kind | Should -Be 'Request'
        $seen.topic | Should -Be 'run'
        $seen.from | Should -Be 0
    }

    It 'returns one object for the answer <name>' -ForEach @(
        @{ name = 'null'; body = $null }
        @{ name = 'false'; body = $false }
        @{ name = 'zero'; body = 0 }
        @{ name = 'the empty text'; body = '' }
        @{ name = 'a list'; body = @(1, 2, 3) }
    ) {
        $answers = [System.Collections.Generic.List[object]]::new()
        Invoke-WorkerRequest -Body $body -Worker $first @wait | ForEach-Object { $answers.Add($_) }
        $answers.Count | Should -Be 1
        $answers[0] | Should -Be $body
    }

    It 'gives ordered hashtables with -AsHashtable' {
        $answer = Invoke-WorkerRequest @{ a = @{ b = 1 } } -AsHashtable @wait
        $answer | Should -BeOfType System.Collections.Specialized.OrderedDictionary
        $answer.a.b | Should -Be 1
    }

    It 'sends all that is piped at once and writes the answers in that order, in whatever order they come' {
        $text = '
            $all = @(Receive-WorkerMessage -Topic batch -Count 300)
            [array]::Reverse($all)
            $answered = 0
            foreach ($one in $all) { Send-WorkerMessage -ReplyTo $one -Body "$($one.Body) $((++$answered))" }'
        Send-WorkerMessage $text -Topic run -Worker $first
        $answers = @(1..300 | Invoke-WorkerRequest -Topic batch -Worker $first @wait)
        $answers | Should -HaveCount 300
        $answers[0] | Should -Be '1 300'
        $answers[150] | Should -Be '151 150'
        $answers[299] | Should -Be '300 1'
    }

    It 'sends nothing for an empty pipeline' {
        @() | Invoke-WorkerRequest @wait -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'fails with RequestTimeout after -TimeoutSec, and writes the other answers' {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        Send-WorkerMessage '$held = Receive-WorkerMessage -Topic late -Count 1' -Topic run -Worker $first
        $null = Invoke-WorkerRequest unanswered -Topic late -Worker $first -TimeoutSec 0.5 -ErrorAction SilentlyContinue -ErrorVariable failures
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual 0.49
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'RequestTimeout,*'
        $failures[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        $failures[0].TargetObject | Should -Be 'unanswered'

        # What comes late is dropped: it is no message, and no answer to what is asked next.
        $text = 'Send-WorkerMessage -ReplyTo $held -Body late; Send-WorkerMessage -ReplyTo $message -Body "in time"'
        'one', 'two' | Invoke-WorkerRequest -Worker $first @wait | Should -Be 'one', 'two'
        Invoke-WorkerRequest $text -Topic run -Worker $first @wait | Should -Be 'in time'
    }

    It 'drops a second answer' {
        $text = '1, 2 | Send-WorkerMessage -ReplyTo $message'
        Invoke-WorkerRequest $text -Topic run -Worker $first @wait | Should -Be 1
        Invoke-WorkerRequest next -Worker $first @wait | Should -Be 'next'
    }

    It 'writes the error that is given as the answer: <name>' -ForEach @(
        @{ name = 'of throw'; text = 'try { throw "no luck" } catch { Send-WorkerMessage -ReplyTo $message -Body $_ }'; id = 'no luck*'; told = 'no luck'; category = 'OperationStopped' }
        @{ name = 'of a command'; text = 'try { Get-Item /nowhere/at/all -ErrorAction Stop } catch { Send-WorkerMessage -ReplyTo $message -Body $_ }'; id = 'PathNotFound*'; told = '*nowhere*'; category = 'ObjectNotFound' }
        @{ name = 'a record made by hand'; text = 'Send-WorkerMessage -ReplyTo $message -Body ([System.Management.Automation.ErrorRecord]::new([System.InvalidOperationException]::new("not now"), "Busy", "ResourceBusy", 7))'; id = 'Busy*'; told = 'not now'; category = 'ResourceBusy' }
        @{ name = 'an exception'; text = 'Send-WorkerMessage -ReplyTo $message -Body ([System.ArgumentException]::new("bad"))'; id = 'ArgumentException*'; told = 'bad'; category = 'NotSpecified' }
    ) {
        $answers = @($text, 'Send-WorkerMessage -ReplyTo $message -Body fine' |
                Invoke-WorkerRequest -Topic run -Worker $first @wait -ErrorAction SilentlyContinue -ErrorVariable failures)
        $answers | Should -Be 'fine'
        $failures | Should -HaveCount 1
        $failures[0] | Should -BeOfType System.Management.Automation.ErrorRecord
        $failures[0].FullyQualifiedErrorId | Should -BeLike $id
        $failures[0].Exception.Message | Should -BeLike $told
        $failures[0].CategoryInfo.Category | Should -Be $category
        { Invoke-WorkerRequest $text -Topic run -Worker $first @wait -ErrorAction Stop } | Should -Throw $told -ErrorId $id
    }

    It 'reports a worker that does not exist and a body that is no data' {
        { Invoke-WorkerRequest hello -Worker 99 @wait -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerNotFound,*'
        { Invoke-WorkerRequest ([System.Threading.Tasks.Task]::CompletedTask) @wait -ErrorAction Stop } | Should -Throw -ErrorId 'BodyNotSerializable,*'
    }

    It 'is stopped by Ctrl+C, and its answer is dropped' {
        $text = 'Send-WorkerMessage asked; $held = $message'
        $asker = Start-Background { param($Worker, $Text) Invoke-WorkerRequest $Text -Topic run -Worker $Worker } $first, $text
        try {
            Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'asked'
            Stop-Background $asker | Should -Be 'Stopped'
        }
        finally {
            Remove-Background $asker
        }
        $text = 'Send-WorkerMessage -ReplyTo $held -Body late; Send-WorkerMessage -ReplyTo $message -Body "still here"'
        Invoke-WorkerRequest $text -Topic run -Worker $first @wait | Should -Be 'still here'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
