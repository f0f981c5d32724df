# What arrives on a worker's pipe before the worker is authenticated: refused, reported, and the worker still connects.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Puppet.psm1"
    $cluster = Start-PuppetCluster
    $puppet = $cluster.Puppets[0]

    function Receive-ProtocolError {
        Receive-ClusterEvent -Name ProtocolError -Count 1 -TimeoutSec 30
    }
}

AfterAll {
    Stop-PuppetCluster $cluster
    Assert-NothingLeft
}

Describe 'Before the hello' {
    It '<name> from the worker''s own process is refused and reported' -ForEach @(
        @{ name = 'garbage'; bytes = { [System.Text.Encoding]::ASCII.GetBytes("GET / HTTP/1.1`r`nHost: localhost`r`n`r`n") } }
        @{ name = 'a frame of length 0'; bytes = { [byte[]] (0, 0, 0, 0, 1) } }
        @{ name = 'a frame of length 2^31'; bytes = { [byte[]] (0, 0, 0, 0x80, 1) } }
        @{ name = 'a frame of length 2^32-1'; bytes = { [byte[]] (0xFF, 0xFF, 0xFF, 0xFF, 1) } }
        @{ name = 'a hello longer than any'; bytes = { Get-Frame 1 ([byte[]]::new(5000)) }; says = 'announces 5001 bytes' }
        @{ name = 'an empty hello'; bytes = { Get-Frame 1 } }
        @{ name = 'a hello with a wrong token'; bytes = { Get-HelloFrame $puppet -Token ([byte[]]::new(32)) }; says = 'wrong token' }
        @{ name = 'a hello with half a token'; bytes = { Get-HelloFrame $puppet -Token ($puppet.Token[0..15]) } }
        @{ name = 'a hello of another process'; bytes = { Get-HelloFrame $puppet -ProcessId $PID }; says = "process $PID" }
        @{ name = 'a hello that is one byte too long'; bytes = { Get-HelloFrame $puppet -Token ($puppet.Token + [byte] 0) } }
        @{ name = 'a hello of newer versions'; bytes = { Get-HelloFrame $puppet -Lowest 2 -Highest 7 }; says = 'versions 2 to 7, its master 1;' }
        @{ name = 'a hello of an older version'; bytes = { Get-HelloFrame $puppet -Lowest 0 -Highest 0 }; says = 'versions 0, its master 1;' }
        @{ name = 'a hello whose versions are no range'; bytes = { Get-HelloFrame $puppet -Lowest 2 -Highest 1 }; says = 'versions 2 to 1, its master 1;' }
        @{ name = 'a hello of an agent'; bytes = { Get-HelloFrame $puppet -Role 2 }; says = 'role Agent; Worker' }
        @{ name = 'a hello of a controller'; bytes = { Get-HelloFrame $puppet -Role 3 }; says = 'role Controller; Worker' }
        @{ name = 'a hello of an observer'; bytes = { Get-HelloFrame $puppet -Role 4 }; says = 'role Observer; Worker' }
        @{ name = 'a hello of an unknown role'; bytes = { Get-HelloFrame $puppet -Role 0 }; says = 'role 0; Worker' }
        @{ name = 'a message'; bytes = { Get-MessageFrame '"let me in"' } }
        @{ name = 'a ping'; bytes = { Get-Frame 9 }; says = 'kind 9 is not expected' }
        @{ name = 'a goodbye'; bytes = { Get-Frame 8 ([System.Text.Encoding]::UTF8.GetBytes('{"outcome":0,"exitCode":0,"error":null}')) } }
    ) {
        Invoke-Puppet $puppet connect
        Invoke-Puppet $puppet send (& $bytes)
        # Returns when the master has hung up.
        Invoke-Puppet $puppet end
        $failure = Receive-ProtocolError
        $failure.Worker | Should -Be $puppet.Worker
        $failure.Reason | Should -BeLike "*$($says ?? '?')*"
        $puppet.Worker.State | Should -Be 'Starting'
    }

    It 'a connection that is closed <when> is refused and reported' -ForEach @(
        @{ when = 'at once'; bytes = $null }
        @{ when = 'inside a frame'; bytes = { (Get-HelloFrame $puppet)[0..20] } }
    ) {
        Invoke-Puppet $puppet connect
        if ($bytes) {
            Invoke-Puppet $puppet send (& $bytes)
        }
        Invoke-Puppet $puppet close
        (Receive-ProtocolError).Worker | Should -Be $puppet.Worker
        $puppet.Worker.State | Should -Be 'Starting'
    }

    It 'silence is refused and reported' {
        Invoke-Puppet $puppet connect
        Invoke-Puppet $puppet end
        (Receive-ProtocolError).Worker | Should -Be $puppet.Worker
    }

    It 'another process is refused, even with the right token' {
        $pipe = [System.IO.Pipes.NamedPipeClientStream]::new('.', $puppet.Pipe, 'InOut', 'Asynchronous, CurrentUserOnly')
        try {
            $pipe.Connect(30000)
            $hello = Get-HelloFrame $puppet
            try {
                $pipe.Write($hello, 0, $hello.Length)
            }
            catch [System.IO.IOException] {
                # The master hung up before it read the token.
            }
            $failure = Receive-ProtocolError
            $failure.Worker | Should -Be $puppet.Worker
            $failure.Reason | Should -Match "\b$PID\b"
        }
        finally {
            $pipe.Dispose()
        }
    }

    It 'a hundred unauthenticated clients in a row change nothing' {
        foreach ($i in 1..100) {
            Invoke-Puppet $puppet connect
            Invoke-Puppet $puppet send ([byte[]] (0, 0, 0, 0, 0))
            Invoke-Puppet $puppet end
        }
        # A client that queues while another is refused is disconnected with it, without an event.
        Receive-ProtocolError | Should -Not -BeNullOrEmpty
        $puppet.Worker.State | Should -Be 'Starting'
    }

    It 'the worker connects after all of them, by the same pipe' {
        Invoke-Puppet $puppet worker
        Send-WorkerMessage hello -Any
        Receive-WorkerMessage -Count 1 -ExpandBody -TimeoutSec 30 | Should -Be 'hello'
        # Its state may change a moment after its message is here: another thread has it.
        $null = Wait-ClusterWorker $puppet.Worker -State Ready -TimeoutSec 30
        $puppet.Worker.State | Should -Be 'Ready'
        $puppet.Worker.ProcessId | Should -Be $puppet.ProcessId
        $null = Receive-ClusterEvent
    }

    It 'no other client connects after it' {
        $pipe = [System.IO.Pipes.NamedPipeClientStream]::new('.', $puppet.Pipe, 'InOut', 'Asynchronous, CurrentUserOnly')
        try {
            { $pipe.Connect(500) } | Should -Throw
        }
        finally {
            $pipe.Dispose()
        }
        Receive-ClusterEvent -Name ProtocolError | Should -BeNullOrEmpty
    }
}
