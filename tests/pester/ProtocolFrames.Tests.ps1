# What arrives from a worker that is connected: malformed frames close its channel and nothing else, malformed bodies are
# errors of the command that reads them.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Puppet.psm1"
    $wait = @{ TimeoutSec = 30 }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'A worker that sends <name>' -ForEach @(
    @{ name = 'a frame of length 0'; bytes = { [byte[]] (0, 0, 0, 0, 64) } }
    @{ name = 'a frame over the largest size'; bytes = { (Get-Bytes ([int] (64MB + 64KB))) + [byte] 64 } }
    @{ name = 'a frame of an unknown kind'; bytes = { Get-Frame 200 } }
    @{ name = 'a second hello'; bytes = { Get-HelloFrame $bad } }
    @{ name = 'a frame that only masters send'; bytes = { Get-Frame 6 ([byte[]] 1) } }
    @{ name = 'credit that it was not given'; bytes = { Get-Frame 16 ([byte[]] ((Get-Bytes 1000L) + (Get-Bytes 1000L))) } }
    @{ name = 'credit of a wrong size'; bytes = { Get-Frame 16 ([byte[]] 1) } }
    @{ name = 'a message without a header'; bytes = { Get-Frame 64 ([byte[]] (21, 0)) } }
    @{ name = 'a message with unknown flags'; bytes = { Get-MessageFrame '1' -Flags 128 } }
    @{ name = 'a message that names a handle, without a channel for handles'; bytes = { Get-MessageFrame '1' -Flags 8 -Handle 1 } }
    @{ name = 'a message that names a handle without its number'; bytes = { Get-MessageFrame '1' -Flags 8 } }
    @{ name = 'a goodbye that is no map'; bytes = { Get-Frame 8 ([System.Text.Encoding]::UTF8.GetBytes('[1, 2]')) } }
    @{ name = 'a goodbye that is no JSON'; bytes = { Get-Frame 8 ([byte[]] (0xC3, 0x28, 0x7B)) } }
) {
    BeforeAll {
        $cluster = Start-PuppetCluster -Count 2
        $bad, $good = $cluster.Puppets
        Invoke-Puppet $good worker
        Connect-Puppet $bad
        Invoke-Puppet $bad send (Get-MessageFrame '"before"')
        Invoke-Puppet $bad send (& $bytes)
        Invoke-Puppet $bad send (Get-MessageFrame '"after"' -Sequence 2)
        Invoke-Puppet $bad end
        Invoke-Puppet $bad 'exit 3'
    }

    AfterAll {
        Stop-PuppetCluster $cluster
    }

    It 'is cut off and reported, and the cluster goes on' {
        $failure = Receive-ClusterEvent -Name ProtocolError -Count 1 @wait
        $failure.Worker | Should -Be $bad.Worker
        $failure.Reason | Should -Not -BeNullOrEmpty
        (Receive-ClusterEvent -Name Disconnect -Count 1 @wait).Worker | Should -Be $bad.Worker
        $null = Wait-ClusterWorker $bad.Worker @wait
        $bad.Worker.ExitReason | Should -Be 'Crashed'
        $bad.Worker.ExitedAfterDisconnect | Should -BeFalse

        Send-WorkerMessage 'still there?' -Worker $good.Worker @wait
        Receive-WorkerMessage -Worker $good.Worker -Count 1 -ExpandBody @wait | Should -Be 'still there?'
        # Its state may change a moment after its message is here: another thread has it.
        $null = Wait-ClusterWorker $good.Worker -State Ready @wait
        $good.Worker.State | Should -Be 'Ready'
        # What was sent before it is delivered; nothing after it is.
        Receive-WorkerMessage -ExpandBody | Should -Be 'before'
    }
}

Describe 'A frame that a worker may not send, in the range of <range>' -ForEach @(
    @{ range = 'the life of a worker'; kind = 15 }
    @{ range = 'transport'; kind = 18 }
    @{ range = 'messages'; kind = 31 }
    @{ range = 'ports'; kind = 39 }
    @{ range = 'the map'; kind = 40 }
    @{ range = 'control channels'; kind = 48 }
    @{ range = 'nothing yet'; kind = 56 }
    @{ range = 'the map'; kind = 47 }
    @{ range = 'data'; kind = 71 }
    @{ range = 'nothing yet, behind data'; kind = 255 }
) {
    It 'closes the channel, and the event names the kind' {
        $cluster = Start-PuppetCluster
        try {
            $puppet = $cluster.Puppets[0]
            Connect-Puppet $puppet
            # Its payload never comes, and is not waited for.
            Invoke-Puppet $puppet send ([byte[]] ((Get-Bytes 1000) + [byte] $kind))
            Invoke-Puppet $puppet end
            $failure = Receive-ClusterEvent -Name ProtocolError -Count 1 @wait
            $failure.Worker | Should -Be $puppet.Worker
            $failure.Reason | Should -BeLike "*kind $kind is not expected*"
        }
        finally {
            Stop-PuppetCluster $cluster
        }
    }
}

Describe 'A frame with a payload over the size of its kind: <name>' -ForEach @(
    @{ name = 'ready'; kind = 5; size = 1; limit = 0 }
    @{ name = 'pong'; kind = 10; size = 1; limit = 0 }
    @{ name = 'credit'; kind = 16; size = 4016; limit = 4000 }
    @{ name = 'a request for credit'; kind = 17; size = 1; limit = 0 }
    @{ name = 'an acknowledgement'; kind = 24; size = 60MB; limit = 12 }
) {
    It 'closes the channel before the payload has come, and the event names both sizes' {
        $cluster = Start-PuppetCluster
        try {
            $puppet = $cluster.Puppets[0]
            Connect-Puppet $puppet
            Invoke-Puppet $puppet send ([byte[]] ((Get-Bytes ([int] ($size + 1))) + [byte] $kind))
            Invoke-Puppet $puppet end
            $failure = Receive-ClusterEvent -Name ProtocolError -Count 1 @wait
            $failure.Worker | Should -Be $puppet.Worker
            $failure.Reason | Should -BeLike "*payload of $size bytes; the limit is $limit.*"
        }
        finally {
            Stop-PuppetCluster $cluster
        }
    }
}

Describe 'A worker that speaks newer versions too' {
    It 'is connected, in the version that its master speaks' {
        $cluster = Start-PuppetCluster
        try {
            $puppet = $cluster.Puppets[0]
            Connect-Puppet $puppet -Lowest 1 -Highest 9
            Invoke-Puppet $puppet send (Get-MessageFrame '"hello"')
            Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'hello'
        }
        finally {
            Stop-PuppetCluster $cluster
        }
    }
}

Describe 'A worker whose channel ends' {
    BeforeEach {
        $cluster = Start-PuppetCluster
        $puppet = $cluster.Puppets[0]
        Connect-Puppet $puppet
    }

    AfterEach {
        Stop-PuppetCluster $cluster
    }

    It '<where> is disconnected, with an error: <isError>' -ForEach @(
        @{ where = 'between two frames'; bytes = { Get-MessageFrame '1' }; isError = $false }
        @{ where = 'inside a length'; bytes = { (Get-MessageFrame '1')[0..2] }; isError = $true }
        @{ where = 'inside a header'; bytes = { (Get-MessageFrame '1')[0..10] }; isError = $true }
        @{ where = 'inside a body'; bytes = { $frame = Get-MessageFrame '"a text"'; $frame[0..($frame.Length - 2)] }; isError = $true }
    ) {
        Invoke-Puppet $puppet send (& $bytes)
        Invoke-Puppet $puppet close
        $end = Receive-ClusterEvent -Name Disconnect -Count 1 @wait
        $end.Worker | Should -Be $puppet.Worker
        $end.Reason -like '*inside a frame*' | Should -Be $isError
        Invoke-Puppet $puppet 'exit 0'
        $null = Wait-ClusterWorker $puppet.Worker @wait
        # It said no goodbye, whatever its exit code says.
        $puppet.Worker.ExitReason | Should -Be 'Crashed'
    }
}

Describe 'A message with a malformed body' {
    BeforeAll {
        $cluster = Start-PuppetCluster
        $puppet = $cluster.Puppets[0]
        Connect-Puppet $puppet
    }

    AfterAll {
        Stop-PuppetCluster $cluster
    }

    AfterEach {
        $null = Receive-WorkerMessage -ErrorAction SilentlyContinue
    }

    It '<name> is an error of the reader, and the next message is read' -ForEach @(
        @{ name = 'no JSON'; json = '{"a":' }
        @{ name = 'nothing'; json = '' }
        @{ name = 'two values'; json = '1 2' }
        @{ name = 'an unknown tag'; json = '{"$":"System.Diagnostics.Process","v":"x"}' }
        @{ name = 'a tag that is no text'; json = '{"$":1,"v":"x"}' }
        @{ name = 'a tag without a value'; json = '{"$":"guid"}' }
        @{ name = 'a date that is none'; json = '{"$":"datetime","v":"tomorrow"}' }
        @{ name = 'a guid that is none'; json = '{"$":"guid","v":"x"}' }
        @{ name = 'bytes that are no base64'; json = '{"$":"bytes","v":"?"}' }
        @{ name = 'a char out of range'; json = '{"$":"char","v":70000}' }
        @{ name = 'one name twice'; json = '{"a":1,"A":2}' }
        @{ name = 'an empty name twice'; json = '{"":1,"":2}' }
        @{ name = 'a table that only a launch has'; json = '{"$":"hashtable","v":["a",1]}' }
        @{ name = '100,000 arrays in each other'; json = '[' * 100000 }
        @{ name = 'a number of 100,000 digits'; json = '9' * 100000 }
    ) {
        Invoke-Puppet $puppet send ([byte[]] ((Get-MessageFrame $json) + (Get-MessageFrame '"fine"')))
        $read = Receive-WorkerMessage -Count 2 -ExpandBody @wait -ErrorAction SilentlyContinue -ErrorVariable failures
        $read | Should -Be 'fine'
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'BodyMalformed,*'
        $puppet.Worker.State | Should -Be 'Ready'
    }

    It 'a record that is none is an error as well' {
        Invoke-Puppet $puppet send ([byte[]] ((Get-MessageFrame '{"kind":"Error","message":[1]}' -Kind 66) + (Get-MessageFrame '"fine"')))
        $read = Receive-WorkerMessage -Count 1 -ExpandBody @wait -ErrorAction SilentlyContinue -ErrorVariable failures
        $read | Should -Be 'fine'
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'BodyMalformed,*'
    }

    It 'never makes an object of a type that it names: <json>' -ForEach @(
        @{ json = '{"$type":"System.Diagnostics.Process, System.Diagnostics.Process","a":1}'; property = '$type' }
        @{ json = '{"__type":"System.Diagnostics.Process","a":1}'; property = '__type' }
        @{ json = '{"$":"object","t":["System.Diagnostics.Process"],"v":{"a":1}}'; property = 'a' }
    ) {
        Invoke-Puppet $puppet send (Get-MessageFrame $json)
        $body = Receive-WorkerMessage -Count 1 -ExpandBody @wait
        $body | Should -BeOfType ([pscustomobject])
        $body.psobject.BaseObject -is [System.Diagnostics.Process] | Should -BeFalse
        $body.psobject.Properties.Name | Should -Contain $property
        $body.a | Should -Be 1
    }
}
