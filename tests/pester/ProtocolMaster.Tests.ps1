# What a worker does when its master breaks the protocol: it closes the channel, and its process ends.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Puppet.psm1"

    # The channel ends without a goodbye; what the worker sent before does not matter. Its process must end after it, which
    # Stop-PuppetMaster waits for.
    function Assert-Closed($Master) {
        do {
            $frame = Read-Frame $Master
            $frame.Kind | Should -Not -Be 8
        } while ($frame)
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'A worker' {
    BeforeEach {
        $master = Start-PuppetMaster
    }

    AfterEach {
        Stop-PuppetMaster $master
    }

    It 'says hello with its versions, its role, its process and its token, and answers' {
        $master.Hello.Kind | Should -Be 1
        $master.Hello.Payload | Should -Be ([byte[]] ((Get-Bytes ([uint16] 1)) + (Get-Bytes ([uint16] 1)) + [byte] 1 + (Get-Bytes $master.Process.Id) + @([byte] 0x0f) * 32))
        Send-Frame $master ([byte[]] ((Get-WelcomeFrame) + (Get-LaunchFrame 'Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $ClusterWorker.Id }')))
        (Read-Frame $master).Kind | Should -Be 4
        Send-Frame $master (Get-Frame 9)
        Send-Frame $master (Get-MessageFrame '1')
        $kinds = while (5 -notin $kinds -or 10 -notin $kinds -or 64 -notin $kinds) {
            ($frame = Read-Frame $master).Kind
            $kinds += @($frame.Kind)
            if ($frame.Kind -eq 64) {
                [System.Text.Encoding]::UTF8.GetString($frame.Payload) | Should -BeLike '*7'
            }
        }
        Send-Frame $master (Get-Frame 6 ([byte[]] 1))
        do {
            $frame = Read-Frame $master
            $frame | Should -Not -BeNullOrEmpty
        } until ($frame.Kind -eq 8)
    }

    It 'leaves a master that <name>' -ForEach @(
        @{ name = 'chooses a version that it does not speak'; frames = { Get-WelcomeFrame -Version 2 } }
        @{ name = 'launches before it welcomes'; frames = { Get-LaunchFrame '1' } }
        @{ name = 'welcomes with 5,000 bytes'; frames = { (Get-Bytes 5001) + [byte] 2 } }
        @{ name = 'sends a message first'; frames = { Get-Frame 64 } }
    ) {
        Send-Frame $master ([byte[]] (& $frames))
        # It connects again, as it would if the master had been busy with another client, and ends when the pipe is gone.
        Assert-Closed $master
    }
}

Describe 'A connected worker' {
    BeforeEach {
        $master = Start-PuppetMaster
        Send-Frame $master ([byte[]] ((Get-WelcomeFrame) + (Get-LaunchFrame 'Receive-WorkerMessage -Wait')))
        (Read-Frame $master).Kind | Should -Be 4
    }

    AfterEach {
        Stop-PuppetMaster $master
    }

    It 'leaves a master that sends <name>' -ForEach @(
        @{ name = 'a kind of the range of its life that is not used'; kind = 15; size = 0 }
        @{ name = 'a kind of transport that is not used'; kind = 18; size = 0 }
        @{ name = 'a kind of messages that is not used'; kind = 31; size = 0 }
        @{ name = 'a kind of ports'; kind = 32; size = 0 }
        @{ name = 'a kind of the map'; kind = 40; size = 0 }
        @{ name = 'a kind of control channels'; kind = 48; size = 0 }
        @{ name = 'a kind of no range'; kind = 56; size = 0 }
        @{ name = 'a kind of data that is not used'; kind = 71; size = 100 }
        @{ name = 'a kind behind data'; kind = 200; size = 0 }
        @{ name = 'a kind that only workers send'; kind = 8; size = 10 }
        @{ name = 'an output'; kind = 65; size = 100 }
        @{ name = 'a ping with a payload'; kind = 9; size = 1 }
        @{ name = 'a stop with two modes'; kind = 6; size = 2 }
        @{ name = 'a request for credit with a payload'; kind = 17; size = 1 }
        @{ name = 'more credit than there can be'; kind = 16; size = 4016 }
        @{ name = 'a larger acknowledgement'; kind = 24; size = 13 }
        @{ name = 'a larger note of what is undeliverable'; kind = 25; size = 13 }
        @{ name = 'a message over the limit of the welcome'; kind = 64; size = 1MB }
    ) {
        # Length and kind are enough: the payload never comes.
        Send-Frame $master ([byte[]] ((Get-Bytes ([int] ($size + 1))) + [byte] $kind))
        Assert-Closed $master
    }

    It 'leaves a master that sends <name>' -ForEach @(
        @{ name = 'a stop without a mode'; kind = 6; payload = @() }
        @{ name = 'a stop of an unknown mode'; kind = 6; payload = @(3) }
        @{ name = 'a smaller acknowledgement'; kind = 24; payload = @(0) * 11 }
        @{ name = 'credit of a wrong size'; kind = 16; payload = @(1) }
        @{ name = 'a second welcome'; kind = 0; payload = $null }
        @{ name = 'a second launch'; kind = 3; payload = $null }
    ) {
        $bytes = $null -ne $payload ? (Get-Frame $kind ([byte[]] $payload)) : $kind -eq 3 ? (Get-LaunchFrame '1') : (Get-WelcomeFrame)
        Send-Frame $master $bytes
        Assert-Closed $master
    }
}
