# What is refused of the parameters that name other machines, before anything is started; and that a master of one machine loads nothing of them.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
}

Describe 'Parameters that exclude each other, or cannot be' {
    It 'are refused, and nothing is started: <title>' -ForEach @(
        @{ title = '-Listen and -Server'; with = @{ Listen = '127.0.0.1:0'; Server = 'nats://127.0.0.1:4222' } }
        @{ title = '-Listen and -ComputerName'; with = @{ Listen = '127.0.0.1:0'; ComputerName = 'web1' } }
        @{ title = '-Server and -SSHConnection'; with = @{ Server = 'nats://127.0.0.1:4222'; SSHConnection = @{ HostName = 'web1' } } }
        @{ title = '-TicketPath alone'; with = @{ TicketPath = './ticket' } }
        @{ title = '-CredentialPath alone'; with = @{ CredentialPath = './x.creds' } }
        @{ title = '-NoLocalWorker alone'; with = @{ NoLocalWorker = $true } }
        @{ title = '-MinimumMachineCount alone'; with = @{ MinimumMachineCount = 1 } }
        @{ title = 'an address in the clear'; with = @{ Server = 'nats://192.0.2.1:4222' } }
        @{ title = 'an address of another scheme'; with = @{ Server = 'http://127.0.0.1:4222' } }
        @{ title = 'an address without a scheme'; with = @{ Server = '127.0.0.1' } }
        @{ title = 'a password in an address'; with = @{ Server = 'tls://me:secret@192.0.2.1:4222' }; hidden = 'secret' }
        @{ title = 'a password in an address in the clear'; with = @{ Server = 'nats://me:secret@192.0.2.1:4222' }; hidden = 'secret' }
        @{ title = 'no address to listen on'; with = @{ Listen = 'here' } }
        @{ title = 'no port to listen on'; with = @{ Listen = '127.0.0.1' } }
        @{ title = 'a port that is none'; with = @{ Listen = '127.0.0.1:99999' } }
        @{ title = 'IPv6 without brackets'; with = @{ Listen = '::1:4222' } }
        @{ title = 'an unknown key'; with = @{ SSHConnection = @{ HostName = 'web1'; Password = 'x' } } }
        @{ title = 'no HostName'; with = @{ SSHConnection = @{ UserName = 'me' } } }
        @{ title = 'a port that is none, by SSH'; with = @{ SSHConnection = @{ HostName = 'web1'; Port = 'many' } } }
    ) {
        $problem = { Start-ClusterMaster @with -Name never -ErrorAction Stop } | Should -Throw -ErrorId 'MachinesInvalid,*' -PassThru
        if ($hidden) { "$problem $($problem.TargetObject)" | Should -Not -Match $hidden }
        Get-ClusterMaster | Where-Object State -NE Stopped | Should -BeNullOrEmpty
    }

    It 'of Invoke-ClusterWorker: -ComputerName and -Master' {
        { 1 | Invoke-ClusterWorker { $_ } -ComputerName web1 -Master some -ErrorAction Stop } | Should -Throw -ErrorId 'MachinesInvalid,*'
    }

    It 'of Join-ClusterMaster: <title>' -ForEach @(
        @{ title = 'no ticket'; with = @{}; id = 'TicketInvalid' }
        @{ title = 'a ticket that is none'; with = @{ Ticket = 'abc' }; id = 'TicketInvalid' }
        @{ title = 'a file that is missing'; with = @{ TicketPath = './missing' }; id = 'TicketInvalid' }
        @{ title = 'an address in the clear'; with = @{ Server = 'nats://192.0.2.1:4222'; Name = 'x' }; id = 'MachinesInvalid' }
        @{ title = 'no server there'; with = @{ Server = 'nats://127.0.0.1:1'; Name = 'x' }; id = 'ServerUnreachable' }
    ) {
        { Join-ClusterMaster @with -ErrorAction Stop } | Should -Throw -ErrorId "$id,*"
    }
}

Describe 'localhost' {
    It 'is this machine, and needs neither SSH nor a server' {
        $cluster = Start-ClusterMaster { 'here'; Receive-WorkerMessage } -ComputerName localhost -WorkerCount 1
        try {
            Receive-WorkerMessage -Count 1 -ExpandBody -TimeoutSec 30 | Should -Be 'here'
            (Get-ClusterWorker).ComputerName | Should -Be ([System.Environment]::MachineName)
            Get-ClusterMachine | Should -BeNullOrEmpty
            Get-ClusterMachine nobody -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
            $problem.FullyQualifiedErrorId | Should -BeLike 'MachineNotFound,*'
            $cluster.JoinTicket | Should -BeNullOrEmpty
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
    }
}

Describe 'A master of one machine' {
    It 'loads nothing of what other machines need' {
        $script = {
            Import-Module "$args/module/Cluster.psd1"
            $cluster = Start-ClusterMaster -WorkerCount 1
            $null = 1..10 | Invoke-ClusterWorker { $_ }
            $cluster | Stop-ClusterMaster
            [System.Runtime.Loader.AssemblyLoadContext]::All.Assemblies.GetName().Name | Where-Object { $_ -match 'NATS|ClusterNet' }
        }
        $pwsh = (Get-Process -Id $PID).Path
        & $pwsh -NoProfile -Command "& { $script } '$((Resolve-Path "$PSScriptRoot/../..").Path)'" | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
