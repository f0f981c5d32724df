# Receive-WorkerMessage: what it returns, and in which form. When it returns is in ReceiveWorkerMessageWait.Tests.ps1.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }

    # The workers send what they are told to: a list of messages, each with a body and perhaps a topic.
    $cluster = Start-ClusterMaster -Name Talk -WorkerCount 2 -ScriptBlock {
        Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object {
            foreach ($message in $_) {
                $topic = $message.topic ? @{ Topic = $message.topic } : @{}
                Send-WorkerMessage -Body $message.body @topic
            }
        }
    }
    $first, $second = Get-ClusterWorker -Master Talk

    # Lets a worker send bodies, and returns when they have arrived and are unread.
    function Invoke-Talk($Worker, [object[]] $Body, [string] $Topic) {
        $messages = @($Body | ForEach-Object { @{ body = $_; topic = $Topic } }) + @{ body = 0; topic = 'arrived' }
        Send-WorkerMessage -Body $messages -Worker $Worker
        $null = Receive-WorkerMessage -Master Talk -Worker $Worker -Topic arrived -Count 1 @wait
    }
}

AfterAll {
    Stop-ClusterMaster Talk
    Assert-NothingLeft
}

Describe 'Receive-WorkerMessage: what has arrived' {
    AfterEach {
        Receive-WorkerMessage -Master Talk | Should -BeNullOrEmpty
    }

    It 'returns nothing when nothing has' {
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'returns everything once, in order' {
        Invoke-Talk $first (1..50)
        (Receive-WorkerMessage).Body | Should -Be (1..50)
    }

    It 'returns no more than -Count and leaves the rest' {
        Invoke-Talk $first (1..5)
        (Receive-WorkerMessage -Count 2).Body | Should -Be 1, 2
        (Receive-WorkerMessage -Count 1).Body | Should -Be 3
        (Receive-WorkerMessage).Body | Should -Be 4, 5
    }

    It 'leaves the rest to the next call after Select-Object -First' {
        Invoke-Talk $first (1..5)
        (Receive-WorkerMessage | Select-Object -First 2).Body | Should -Be 1, 2
        (Receive-WorkerMessage -Wait | Select-Object -First 1).Body | Should -Be 3
        (Receive-WorkerMessage).Body | Should -Be 4, 5
    }

    It 'gives the messages of several workers, each in its own order' {
        Invoke-Talk $first (1..20)
        Invoke-Talk $second (101..120)
        $messages = @(Receive-WorkerMessage)
        ($messages | Where-Object WorkerId -EQ $first.Id).Body | Should -Be (1..20)
        ($messages | Where-Object WorkerId -EQ $second.Id).Body | Should -Be (101..120)
    }
}

Describe 'Receive-WorkerMessage: the message' {
    It 'tells who sent it, when, and what it is' {
        $before = [datetime]::Now
        Invoke-Talk $second 'one', 'two' -Topic news
        $messages = @(Receive-WorkerMessage)
        $messages | Should -HaveCount 2
        $messages | Should -BeOfType ([Cluster.Api.WorkerMessage])
        $message = $messages[0]
        $message.WorkerId | Should -Be $second.Id
        $message.Slot | Should -Be $second.Slot
        $message.ProcessId | Should -Be $second.ProcessId
        $message.Kind | Should -Be 'Message'
        $message.Topic | Should -BeExactly 'news'
        $message.Body | Should -BeExactly 'one'
        $message.SentAt.Kind | Should -Be 'Local'
        $message.SentAt | Should -BeGreaterOrEqual $before
        $message.SentAt | Should -BeLessOrEqual ([datetime]::Now)
        $messages[1].Sequence | Should -Be ($message.Sequence + 1)
    }

    It 'has no topic when none was given' {
        Invoke-Talk $first 'one'
        (Receive-WorkerMessage).Topic | Should -BeNullOrEmpty
    }

    It 'gives the body alone with -ExpandBody' {
        Invoke-Talk $first 'one', 2
        $bodies = @(Receive-WorkerMessage -ExpandBody)
        $bodies[0] | Should -BeExactly 'one'
        $bodies[1] | Should -BeOfType ([int])
        $bodies | Should -HaveCount 2
    }

    It 'keeps an array one object with -ExpandBody' {
        Invoke-Talk $first @(, @(1, 2, 3))
        $bodies = @(Receive-WorkerMessage -ExpandBody | ForEach-Object { , $_ })
        $bodies | Should -HaveCount 1
        $bodies[0] | Should -Be 1, 2, 3
    }

    It 'gives maps as custom objects' {
        Invoke-Talk $first ([ordered]@{ b = 1; a = @{ inner = 2 }; c = @(, @{ deep = 3 }) })
        $body = Receive-WorkerMessage -ExpandBody
        $body | Should -BeOfType ([pscustomobject])
        $body.psobject.Properties.Name | Should -Be 'b', 'a', 'c'
        $body.a | Should -BeOfType ([pscustomobject])
        $body.c[0].deep | Should -Be 3
    }

    It 'gives maps on every level as ordered hashtables with -AsHashtable' {
        Invoke-Talk $first ([ordered]@{ b = 1; a = @{ inner = 2 }; c = @(, @{ deep = 3 }) })
        $body = Receive-WorkerMessage -ExpandBody -AsHashtable
        $body | Should -BeOfType ([System.Collections.Specialized.OrderedDictionary])
        $body.Keys | Should -Be 'b', 'a', 'c'
        $body.a | Should -BeOfType ([System.Collections.Specialized.OrderedDictionary])
        $body.c[0] | Should -BeOfType ([System.Collections.Specialized.OrderedDictionary])
        $body['A'].inner | Should -Be 2
        $body.c[0].deep | Should -Be 3
    }

    It 'keeps -AsHashtable apart from the message' {
        Invoke-Talk $first @{ a = 1 }
        $message = Receive-WorkerMessage -AsHashtable
        $message | Should -BeOfType ([Cluster.Api.WorkerMessage])
        $message.Body.a | Should -Be 1
        $message.Body | Should -BeOfType ([System.Collections.IDictionary])
    }
}

Describe 'Receive-WorkerMessage: a choice' {
    BeforeEach {
        Invoke-Talk $first 'plain 1'
        Invoke-Talk $first 'red 1', 'red 2' -Topic red
        Invoke-Talk $second 'plain 2'
        Invoke-Talk $second 'green 1' -Topic green
        Invoke-Talk $second 'dark red 1' -Topic 'dark red'
    }

    AfterEach {
        $null = Receive-WorkerMessage -Master Talk
    }

    It '-Worker with <name> takes only its messages and leaves the others' -ForEach @(
        @{ name = 'an id'; choose = { Receive-WorkerMessage -ExpandBody -Worker $second.Id } }
        @{ name = 'a worker'; choose = { Receive-WorkerMessage -ExpandBody -Worker $second } }
        @{ name = 'the pipeline'; choose = { $second | Receive-WorkerMessage -ExpandBody } }
        @{ name = '-Count'; choose = { Receive-WorkerMessage -ExpandBody -Worker $second -Count 3 @wait } }
    ) {
        & $choose | Should -Be 'plain 2', 'green 1', 'dark red 1'
        Receive-WorkerMessage -ExpandBody | Should -Be 'plain 1', 'red 1', 'red 2'
    }

    It '-Worker takes several' {
        Receive-WorkerMessage -Worker $first, $second.Id | Should -HaveCount 6
    }

    It 'takes the messages of all piped workers together, in their order' {
        $bodies = Get-ClusterWorker | Receive-WorkerMessage -ExpandBody
        $bodies | Should -HaveCount 6
        $bodies[0..2] | Should -Be 'plain 1', 'red 1', 'red 2'
    }

    It 'takes nothing when no worker comes down the pipeline' {
        @() | Receive-WorkerMessage -Wait @wait | Should -BeNullOrEmpty
        Receive-WorkerMessage | Should -HaveCount 6
    }

    It '-Topic <topic> takes <expected>' -ForEach @(
        @{ topic = @('red'); expected = @('red 1', 'red 2') }
        @{ topic = @('RED'); expected = @('red 1', 'red 2') }
        @{ topic = @('*red'); expected = @('red 1', 'red 2', 'dark red 1') }
        @{ topic = @('green', 'dark*'); expected = @('green 1', 'dark red 1') }
        @{ topic = @('*'); expected = @('red 1', 'red 2', 'green 1', 'dark red 1') }
        @{ topic = @('blue'); expected = @() }
    ) {
        $rest = @('plain 1', 'red 1', 'red 2', 'plain 2', 'green 1', 'dark red 1' | Where-Object { $_ -notin $expected })
        Receive-WorkerMessage -Topic $topic -ExpandBody | Should -Be $expected
        Receive-WorkerMessage -ExpandBody | Should -Be $rest
    }

    It 'takes what fits -Worker and -Topic' {
        Receive-WorkerMessage -Worker $second -Topic *red -ExpandBody | Should -Be 'dark red 1'
        Receive-WorkerMessage | Should -HaveCount 5
    }
}

Describe 'Receive-WorkerMessage: which master' {
    It 'is an error in a session without masters' {
        $receiver = Start-Background { Receive-WorkerMessage }
        try {
            Wait-Background $receiver
            $receiver.Streams.Error[0].FullyQualifiedErrorId | Should -BeLike 'MasterNotFound,*'
        }
        finally {
            Remove-Background $receiver
        }
    }

    It 'is the one that is named when several are running' {
        $other = Start-ClusterMaster -Name Other -WorkerCount 1 -ScriptBlock { Send-WorkerMessage 'from the other' }
        try {
            $null = Wait-ClusterWorker -Master Other @wait
            Invoke-Talk $first 'from the first'
            (Receive-WorkerMessage -Master Other).Body | Should -Be 'from the other'
            (Receive-WorkerMessage -Master $cluster).Body | Should -Be 'from the first'
        }
        finally {
            $other | Stop-ClusterMaster
        }
    }

    It 'is an error when several are running and none is named, or what is named is not there' {
        $other = Start-ClusterMaster -Name Other -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
        try {
            { Receive-WorkerMessage } | Should -Throw -ErrorId 'MasterAmbiguous,*'
            { Receive-WorkerMessage -Master Nobody } | Should -Throw -ErrorId 'MasterNotFound,*'
            { Receive-WorkerMessage -Worker 77 -Master Talk -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerNotFound,*'
        }
        finally {
            $other | Stop-ClusterMaster
        }
    }
}
