# Send-WorkerMessage: to whom a message goes, what is refused, and what becomes of the rest of the pipeline.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $cluster = Start-ClusterMaster -Name Echo -WorkerCount 2 -ScriptBlock {
        Receive-WorkerMessage -Wait | ForEach-Object {
            Send-WorkerMessage -Body @{ worker = $ClusterWorker.Id; body = $_.Body; topic = $_.Topic }
        }
    }
    $first, $second = Get-ClusterWorker -Master $cluster

    # What the workers got, in the order of their ids.
    function Receive-Echo([int] $Count) {
        Receive-WorkerMessage -Master Echo -Count $Count -ExpandBody @wait | Sort-Object worker -Stable
    }

    # Shows that nothing is on its way any more, and that nobody got anything but this.
    function Assert-NothingElse {
        Send-WorkerMessage end -All -Master Echo
        (Receive-Echo 2).body | Should -Be 'end', 'end'
    }
}

AfterAll {
    Stop-ClusterMaster Echo
    Assert-NothingLeft
}

Describe 'Send-WorkerMessage: receivers' {
    AfterEach {
        Assert-NothingElse
    }

    It 'sends to the worker with an id' {
        Send-WorkerMessage hello -Worker $second.Id
        $echo = Receive-Echo 1
        $echo.worker | Should -Be $second.Id
        $echo.body | Should -Be 'hello'
    }

    It 'sends to a worker object' {
        Send-WorkerMessage hello -Worker $first
        (Receive-Echo 1).worker | Should -Be $first.Id
    }

    It 'sends to several workers' {
        Send-WorkerMessage hello -Worker $first, $second.Id
        (Receive-Echo 2).worker | Should -Be $first.Id, $second.Id
    }

    It 'sends to workers from the pipeline' {
        Get-ClusterWorker -Master Echo | Send-WorkerMessage -Body hello
        $echoes = Receive-Echo 2
        $echoes.worker | Should -Be $first.Id, $second.Id
        $echoes.body | Should -Be 'hello', 'hello'
    }

    It 'takes the body of piped workers by position' {
        Get-ClusterWorker -Master Echo | Send-WorkerMessage @{ msg = 'hello' }
        (Receive-Echo 2).body.msg | Should -Be 'hello', 'hello'
    }

    It 'sends to ids from the pipeline' {
        $first.Id, $second.Id | Send-WorkerMessage -Body hello
        (Receive-Echo 2).worker | Should -Be $first.Id, $second.Id
    }

    It 'sends bodies from the pipeline to one worker, in order' {
        1..20 | Send-WorkerMessage -Worker $second
        $echoes = Receive-Echo 20
        $echoes.worker | Should -Be (@($second.Id) * 20)
        $echoes.body | Should -Be (1..20)
    }

    It 'sends each body to -All' {
        'a', 'b' | Send-WorkerMessage -All
        $echoes = Receive-Echo 4
        $echoes.worker | Should -Be $first.Id, $first.Id, $second.Id, $second.Id
        $echoes.body | Should -Be 'a', 'b', 'a', 'b'
    }

    It 'sends each body to one worker with -Any' {
        1..20 | Send-WorkerMessage -Any
        (Receive-Echo 20).body | Sort-Object | Should -Be (1..20)
    }

    It 'sends nothing for an empty pipeline to <to>' -ForEach @(
        @{ to = '-Any'; target = @{ Any = $true } }
        @{ to = '-All'; target = @{ All = $true } }
        @{ to = '-Worker'; target = @{ Worker = 1 } }
    ) {
        @() | Send-WorkerMessage @target -ErrorAction Stop
    }

    It 'sends nothing when no worker comes down the pipeline' {
        @() | Send-WorkerMessage -Body hello -ErrorAction Stop -ErrorVariable failures
        $failures | Should -BeNullOrEmpty
    }

    It 'writes no output' {
        Send-WorkerMessage hello -Worker $first | Should -BeNullOrEmpty
        (Receive-Echo 1).body | Should -Be 'hello'
    }

    It 'sends <name>' -ForEach @(
        @{ name = 'null'; body = $null }
        @{ name = 'the empty text'; body = '' }
        @{ name = 'false'; body = $false }
        @{ name = 'zero'; body = 0 }
    ) {
        Send-WorkerMessage -Body $body -Worker $first
        $echo = Receive-Echo 1
        $echo.worker | Should -Be $first.Id
        $echo.body | Should -Be $body
    }

    It 'sends an array as one message with -Body and as several from the pipeline' {
        Send-WorkerMessage -Body 1, 2 -Worker $first
        1, 2 | Send-WorkerMessage -Worker $first
        $bodies = (Receive-WorkerMessage -Count 3 -ExpandBody @wait).ForEach('body')
        $bodies[0] | Should -Be 1, 2
        $bodies[1] | Should -Be 1
        $bodies[2] | Should -Be 2
    }

    It 'sends a null from the pipeline' {
        1, $null, 3 | Send-WorkerMessage -Worker $first
        $bodies = @(Receive-WorkerMessage -Count 3 -ExpandBody @wait | ForEach-Object { "<$($_.body)>" })
        $bodies | Should -Be '<1>', '<>', '<3>'
    }
}

Describe 'Send-WorkerMessage: -Topic' {
    AfterEach {
        Assert-NothingElse
    }

    It 'brings the topic along' {
        Send-WorkerMessage hello -Topic greetings -Worker $first
        (Receive-Echo 1).topic | Should -BeExactly 'greetings'
    }

    It 'brings none when none is given' {
        Send-WorkerMessage hello -Worker $first
        (Receive-Echo 1).topic | Should -BeNullOrEmpty
    }

    It 'takes any text of up to 1,024 bytes of UTF-8' {
        $topic = [string]::new([char] 0xDF, 512)
        Send-WorkerMessage hello -Topic $topic -Worker $first
        (Receive-Echo 1).topic | Should -BeExactly $topic
    }

    It 'refuses a longer one' {
        $topic = [string]::new([char] 0xDF, 512) + '!'
        { Send-WorkerMessage hello -Topic $topic -Worker $first } | Should -Throw -ErrorId 'TopicInvalid,*'
    }

    It 'refuses an empty one' {
        { Send-WorkerMessage hello -Topic '' -Worker $first } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'Send-WorkerMessage: what cannot be sent' {
    AfterEach {
        Assert-NothingElse
    }

    It 'tells the choices when a master names no receiver' {
        $failure = { Send-WorkerMessage hello } | Should -Throw -ErrorId 'TargetMissing,*' -PassThru
        foreach ($choice in '-Worker', '-All', '-Any') {
            $failure.Exception.Message | Should -BeLike "*$choice*"
        }
    }

    It 'refuses two kinds of receivers at once' {
        { Send-WorkerMessage hello -All -Any } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'refuses piped <name> when a master names no receiver' -ForEach @(
        @{ name = 'text'; bodies = 'hello', 'world' }
        @{ name = 'numbers, which are no ids here,'; bodies = 1, 2 }
    ) {
        { $bodies | Send-WorkerMessage -ErrorAction Stop } | Should -Throw -ErrorId 'TargetMissing,*'
    }

    It 'refuses to be piped into when the body and the receivers are given' {
        { 1 | Send-WorkerMessage hello -All -Master Echo -ErrorAction Stop } | Should -Throw -ErrorId 'TargetAmbiguous,*'
    }

    It 'refuses workers without a body' {
        { Get-ClusterWorker -Master Echo | Send-WorkerMessage -ErrorAction Stop } | Should -Throw -ErrorId 'BodyMissing,*'
    }

    It 'reports a worker that does not exist and sends to the others' {
        Send-WorkerMessage hello -Worker 99, $second.Id -ErrorAction SilentlyContinue -ErrorVariable failures
        (Receive-Echo 1).worker | Should -Be $second.Id
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'WorkerNotFound,*'
        $failures[0].TargetObject | Should -Be 99
    }

    It 'reports a body that is no data and sends those after it' {
        $cycle = @{}
        $cycle.self = $cycle
        1, $cycle, 3 | Send-WorkerMessage -Worker $first -ErrorAction SilentlyContinue -ErrorVariable failures
        (Receive-Echo 2).body | Should -Be 1, 3
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'BodyNotSerializable,*'
        [object]::ReferenceEquals($failures[0].TargetObject, $cycle) | Should -BeTrue
    }

    It 'reports a message over the largest size' {
        $body = [byte[]]::new(64MB + 1)
        Send-WorkerMessage -Body $body -Worker $first -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'MessageTooLarge,*'
    }

    It 'stops at the first with -ErrorAction Stop' {
        { 1, [System.Threading.Tasks.Task]::CompletedTask, 3 | Send-WorkerMessage -Worker $first -ErrorAction Stop } |
            Should -Throw -ErrorId 'BodyNotSerializable,*'
        (Receive-Echo 1).body | Should -Be 1
    }

    It 'refuses a negative time' {
        { Send-WorkerMessage hello -Worker $first -TimeoutSec -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}
