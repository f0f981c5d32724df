# Who may join, who may start workers, and where secrets are.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    $why = Test-MachineNetwork
    $title = $why ? " (skipped: $why)" : ''
}

Describe "A master with a ticket$title" -Skip:([bool] $why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Import-Module "$PSScriptRoot/MachineHarness.psm1"
        Import-Module "$PSScriptRoot/PortHarness.psm1"
        $wait = @{ TimeoutSec = 30 }
        $ticket = Join-Path $TestDrive ticket
        $network = New-MachineNetwork
        $alpha = Add-Machine $network alpha
        $agent = Start-Agent $alpha @{ TicketPath = $ticket; WorkerCount = 1 }
        $cluster = Start-ClusterMaster { Receive-WorkerMessage -Wait } -Name Guarded -NoLocalWorker -Listen "$($network.Address):0" -TicketPath $ticket -MinimumMachineCount 1

        # What the ticket says, and a ticket that says something else.
        $text = ([System.IO.File]::ReadAllText($ticket)).Trim()
        $base64 = $text.Substring('cluster1.'.Length).Replace('-', '+').Replace('_', '/')
        $known = [System.Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($base64.PadRight([math]::Ceiling($base64.Length / 4) * 4, '='))) | ConvertFrom-Json -AsHashtable
        function New-Ticket([hashtable] $Change) {
            $all = @{}
            foreach ($name in $known.Keys) {
                $all[$name] = $Change.ContainsKey($name) ? $Change[$name] : $known[$name]
            }
            'cluster1.' + [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $all -Compress))).TrimEnd('=').Replace('+', '-').Replace('/', '_')
        }

        # Speaks the server's protocol as the machine does: sends lines, and returns all lines until one matches.
        function Invoke-Raw([string[]] $Line, [string] $Until) {
            $server = [uri] $known.servers[0]
            $client = [System.Net.Sockets.TcpClient]::new($server.Host, $server.Port)
            try {
                $client.ReceiveTimeout = 20000
                $plain = $client.GetStream()
                # The server greets in the clear.
                do { $byte = $plain.ReadByte() } until ($byte -eq 10)
                $secure = [System.Net.Security.SslStream]::new($plain, $false, [System.Net.Security.RemoteCertificateValidationCallback] ([Linq.Expressions.Expression]::Lambda(
                    [System.Net.Security.RemoteCertificateValidationCallback], [Linq.Expressions.Expression]::Constant($true),
                    [Linq.Expressions.ParameterExpression[]] @([Linq.Expressions.Expression]::Parameter([object]), [Linq.Expressions.Expression]::Parameter([System.Security.Cryptography.X509Certificates.X509Certificate]), [Linq.Expressions.Expression]::Parameter([System.Security.Cryptography.X509Certificates.X509Chain]), [Linq.Expressions.Expression]::Parameter([System.Net.Security.SslPolicyErrors])))).Compile())
                $secure.AuthenticateAsClient($server.Host)
                $reader = [System.IO.StreamReader]::new($secure)
                $connect = 'CONNECT ' + (ConvertTo-Json @{ user = $known.user; pass = $known.password; verbose = $false; pedantic = $false; lang = 'raw'; version = '1' } -Compress)
                $bytes = [System.Text.Encoding]::UTF8.GetBytes(((@($connect) + $Line) -join "`r`n") + "`r`n")
                $secure.Write($bytes, 0, $bytes.Length)
                do {
                    $said = $reader.ReadLine()
                    $said
                } until ($null -eq $said -or $said -match $Until)
            }
            finally {
                $client.Dispose()
            }
        }
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
        Remove-MachineNetwork $network
    }

    It 'writes it for this user alone' {
        [System.IO.File]::GetUnixFileMode($ticket) | Should -Be 'UserWrite, UserRead'
        $cluster.JoinTicket | Should -BeExactly $text
        $known.pin | Should -Match '^[0-9a-fA-F]{64}$'
    }

    It 'is not joined with <name>' -ForEach @(
        @{ name = 'garbage'; change = 'garbage'; id = 'TicketInvalid' }
        @{ name = 'half a ticket'; change = 'half'; id = 'TicketInvalid' }
        @{ name = 'another version''s ticket'; change = 'cluster9.abc'; id = 'TicketInvalid' }
        @{ name = 'another password'; change = @{ password = 'x' * 32 }; id = 'ServerRefused' }
        @{ name = 'the leader''s name'; change = @{ user = 'leader' }; id = 'ServerRefused' }
        @{ name = 'another master''s name'; change = @{ name = 'Other' }; id = 'ServerRefused' }
        @{ name = 'another pin'; change = @{ pin = '0' * 64 }; id = 'ServerRefused' }
    ) {
        $given = $change -is [hashtable] ? (New-Ticket $change) : $change -eq 'half' ? $text.Substring(0, 40) : $change
        $failure = { Join-ClusterMaster -Ticket $given -WorkerCount 1 -ErrorAction Stop } | Should -Throw -ErrorId "$id,*" -PassThru
        "$failure" | Should -Not -BeLike "*$($known.password)*"
        @(Get-ClusterMachine).Count | Should -Be 1
    }

    It 'is not joined with a ticket that others can read' {
        $open = Join-Path $TestDrive open
        Copy-Item $ticket $open
        [System.IO.File]::SetUnixFileMode($open, 'UserRead, UserWrite, GroupRead')
        { Join-ClusterMaster -TicketPath $open -ErrorAction Stop } | Should -Throw -ErrorId 'TicketInvalid,*' -ExpectedMessage '*chmod 600*'
    }

    It 'lets a machine neither start workers, nor hear others, nor leave the cluster''s subjects' {
        $denied = { param($Line) (Invoke-Raw @($Line, 'PING') '^PONG' | Where-Object { $_ -like '-ERR*' }) }
        & $denied "PUB cl.guarded.down.x 2`r`nhi" | Should -BeLike "*Permissions Violation for Publish to*cl.guarded.down.x*"
        & $denied "PUB cl.guarded.down.claim 2`r`nhi" | Should -BeLike '*Permissions Violation*'
        & $denied "PUB other 2`r`nhi" | Should -BeLike '*Permissions Violation*'
        & $denied 'SUB cl.guarded.up.> 1' | Should -BeLike '*Permissions Violation for Subscription*'
        & $denied 'SUB > 1' | Should -BeLike '*Permissions Violation for Subscription*'
        & $denied "PUB cl.guarded.up.x 2`r`nhi" | Should -BeNullOrEmpty -Because 'this is what machines may do'
    }

    It 'is not harmed by what a machine sends that is none' {
        $null = Receive-ClusterEvent
        $noise = [string]::new('x', 300)
        $null = Invoke-Raw "PUB cl.guarded.up.join _INBOX.a 300`r`n$noise", "PUB cl.guarded.up.join _INBOX.a 0`r`n", "PUB cl.guarded.up.x 300`r`n$noise", 'PING' '^PONG'
        (Receive-ClusterEvent ProtocolError -Count 2 @wait).Reason | Should -BeLike 'A machine was not let in:*'
        (Get-ClusterMachine).State | Should -Be Online
        Get-ClusterWorker | Should -HaveCount 1
    }

    It 'shows no secret on a command line or in a worker''s environment, and leaves no file of the server' {
        Wait-Until { (Get-ClusterWorker).State -eq 'Ready' }
        $secrets = $known.password, $text.Substring(12, 40)
        $ids = @($PID) + @(Get-DescendantProcess | ForEach-Object Id) + (Get-MachineProcess $alpha)
        @(Get-DescendantProcess).Name | Should -Contain nats-server
        foreach ($id in $ids) {
            foreach ($file in 'cmdline', 'environ') {
                $content = [System.IO.File]::ReadAllText("/proc/$id/$file")
                foreach ($secret in $secrets) {
                    $content.Contains($secret) | Should -BeFalse -Because "/proc/$id/$file is readable"
                }
            }
        }
        Get-ChildItem ([System.IO.Path]::GetTempPath()) -Filter 'cluster-server-*' | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Assert-NothingLeft
    }
}
