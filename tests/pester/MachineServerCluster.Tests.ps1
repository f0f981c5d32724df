# Three servers that are one, over TLS with client certificates: master and machines go on by another when theirs is killed.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    $why = (Test-MachineNetwork) ?? ((Get-Command openssl -ErrorAction Ignore) ? $null : 'there is no openssl')
    $title = $why ? " (skipped: $why)" : ''
}

Describe "Three servers with TLS$title" -Skip:([bool] $why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
        Import-Module "$PSScriptRoot/MachineHarness.psm1"
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Import-Module "$PSScriptRoot/PortHarness.psm1"
        $wait = @{ TimeoutSec = 60 }
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive tls)).FullName

        function New-Certificate([string] $Name, [string] $Extension) {
            & openssl req -newkey rsa:2048 -nodes -keyout "$folder/$Name.key" -out "$folder/$Name.csr" -subj "/CN=$Name" 2> $null
            Set-Content "$folder/$Name.ext" $Extension
            & openssl x509 -req -in "$folder/$Name.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 2 -extfile "$folder/$Name.ext" -out "$folder/$Name.crt" 2> $null
            Get-Content "$folder/$Name.crt", "$folder/$Name.key" | Set-Content "$folder/$Name.pem"
            [System.IO.File]::SetUnixFileMode("$folder/$Name.pem", 'UserRead, UserWrite')
        }
        & openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$folder/ca.key" -out "$folder/ca.crt" -subj '/CN=spec authority' 2> $null
        New-Certificate server 'subjectAltName = IP:127.0.0.1'
        New-Certificate leader 'extendedKeyUsage = clientAuth'
        New-Certificate machine 'extendedKeyUsage = clientAuth'

        # The ports of the servers among each other must be known beforehand.
        $probes = 1..3 | ForEach-Object { $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0); $listener.Start(); $listener }
        $routes = $probes.LocalEndpoint.Port
        $probes | ForEach-Object { $_.Stop() }
        $servers = 0..2 | ForEach-Object {
            Set-Content "$folder/server$_.conf" @"
listen: 127.0.0.1:-1
tls { cert_file: "$folder/server.crt", key_file: "$folder/server.key", ca_file: "$folder/ca.crt", verify: true }
cluster { name: spec, listen: "127.0.0.1:$($routes[$_])", routes: [$(($routes | ForEach-Object { "`"nats://127.0.0.1:$_`"" }) -join ', ')] }
"@
            Start-MessageServer (Join-Path $TestDrive "server$_") @('--config', "$folder/server$_.conf")
        }
        $addresses = $servers | ForEach-Object { "tls://127.0.0.1:$($_.Port)" }
        $leader = @{ Server = $addresses; CertificatePath = "$folder/leader.pem"; AuthorityPath = "$folder/ca.crt" }
        $machine = @{ Server = $addresses; CertificatePath = "$folder/machine.pem"; AuthorityPath = "$folder/ca.crt"; Name = 'three'; WorkerCount = 1; ComputerName = 'other' }

        # The server that a process is connected to, by its port.
        function Get-ConnectedServer([int] $Process) {
            $ports = & ss -Htnp state established 2> $null | Where-Object { $_ -match "pid=$Process," } | ForEach-Object { [int] (($_ -split '\s+')[3] -split ':')[-1] }
            $servers | Where-Object { $_.Process -and $_.Port -in $ports }
        }
    }

    AfterAll {
        Get-ClusterMaster | Stop-ClusterMaster -Force
        $servers | ForEach-Object { Stop-MessageServer $_ }
    }

    It 'let nobody in without a certificate, or with an authority that is not theirs' {
        $without = $leader.Clone()
        $without.Remove('CertificatePath')
        { Start-ClusterMaster -NoLocalWorker @without -ErrorAction Stop } | Should -Throw -ErrorId 'Server*,*'
        $untrusted = $leader.Clone()
        $untrusted.Remove('AuthorityPath')
        { Start-ClusterMaster -NoLocalWorker @untrusted -ErrorAction Stop } | Should -Throw -ErrorId 'ServerRefused,*'
    }

    It 'lose nothing and nobody when those in use are killed, one after the other' {
        $null = Start-ClusterMaster -Name three -NoLocalWorker @leader -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body }
        }
        $agent = Start-HostScript "$PSScriptRoot/Files/machine-agent.ps1" (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1"), (ConvertTo-Json $machine)
        try {
            $null = Receive-ClusterEvent MachineJoined -Count 1 @wait
            $worker = Get-ClusterWorker
            $null = Wait-ClusterWorker $worker -State Ready @wait
            $next = 0
            foreach ($process in $PID, $agent.Process.Id) {
                $sender = 1..2000 | ForEach-Object { $next + $_ }
                $sender[0..999] | Send-WorkerMessage -Worker $worker
                $used = @(Get-ConnectedServer $process)
                $used | Should -HaveCount 1
                Stop-MessageServer $used[0]
                $sender[1000..1999] | Send-WorkerMessage -Worker $worker @wait
                Receive-WorkerMessage -Count 2000 -ExpandBody @wait | Should -Be $sender
                $next += 2000
            }
            Receive-ClusterEvent MachineLost | Should -BeNullOrEmpty
            (Get-ClusterMachine).State | Should -Be Online
        }
        finally {
            Get-ClusterMaster | Stop-ClusterMaster -Force

            # It is dismissed, and leaves nothing.
            $null = $agent.Process.WaitForExit(30000)
            Stop-HostScript $agent
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Assert-NothingLeft
    }
}
