# Masters and machines by a server that others run, and what cannot be.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    $why = Test-MachineNetwork
    $title = $why ? " (skipped: $why)" : ''
}

Describe "A server that is there$title" -Skip:([bool] $why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
        Import-Module "$PSScriptRoot/MachineHarness.psm1"
        Import-Module "$PSScriptRoot/PortHarness.psm1"
        $wait = @{ TimeoutSec = 30 }
        $server = Start-MessageServer (Join-Path $TestDrive server)
        $address = "nats://127.0.0.1:$($server.Port)"
        $none = "nats://127.0.0.1:1"
    }

    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    AfterAll {
        Stop-MessageServer $server
    }

    It 'serves masters of several names, and one of each' {
        $null = Start-ClusterMaster -Name First -Server $address -NoLocalWorker
        $null = Start-ClusterMaster -Name Second -Server $address -NoLocalWorker
        $other = Start-HostScript "$PSScriptRoot/Files/machine-leader.ps1" (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1"), (ConvertTo-Json @{ Name = 'first'; Server = $address; NoLocalWorker = $true })
        try {
            Read-HostScript $other | Should -BeLike "error=MasterNameInUse: A master named 'first' uses this server already.*"
        }
        finally {
            Stop-HostScript $other
        }
    }

    It 'lets machines in by the name of the master' {
        $cluster = Start-ClusterMaster -Name 'With a space' -Server $address -NoLocalWorker
        $cluster.JoinTicket | Should -BeNullOrEmpty
        $agent = Start-HostScript "$PSScriptRoot/Files/machine-agent.ps1" (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1"), (ConvertTo-Json @{ Name = 'with a space'; Server = $address; WorkerCount = 1; ComputerName = 'gamma' })
        try {
            (Receive-ClusterEvent MachineJoined -Count 1 @wait).Reason | Should -Be 'gamma has joined, for 1 workers.'
            1..20 | Invoke-ClusterWorker { $_ * 2 } -Ordered | Should -Be (1..20 | ForEach-Object { $_ * 2 })
            $cluster | Stop-ClusterMaster
            1..3 | ForEach-Object { Read-HostScript $agent } | Select-Object -Last 1 | Should -Be left
        }
        finally {
            Stop-HostScript $agent
        }
    }

    It 'tells when there is no such master' {
        { Join-ClusterMaster -Server $address -Name Nobody -ErrorAction Stop } | Should -Throw -ErrorId 'LeaderNotFound,*' -ExpectedMessage "*'Nobody'*"
    }

    It 'must be there' {
        { Start-ClusterMaster -Server $none -NoLocalWorker -ErrorAction Stop } | Should -Throw -ErrorId 'ServerUnreachable,*'
        { Join-ClusterMaster -Server $none -Name Nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ServerUnreachable,*'
        Get-ClusterMaster | Where-Object State -NE Stopped | Should -BeNullOrEmpty
    }

    It 'is waited at for machines, as long as was said' {
        { Start-ClusterMaster -Server $address -NoLocalWorker -MinimumMachineCount 1 -StartupTimeoutSec 0.5 -ErrorAction Stop } |
            Should -Throw -ErrorId 'MachineNotJoined,*' -ExpectedMessage '0 of 1 machines have joined within 0.5 s*'
        Get-ClusterMaster | Where-Object State -NE Stopped | Should -BeNullOrEmpty
    }
}

Describe 'Parameters of machines' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    }

    It 'of an agent are refused: -WorkerCount <count>' -ForEach @{ count = 0 }, @{ count = 1025 }, @{ count = 'many' } {
        { Join-ClusterMaster -Ticket x -WorkerCount $count } | Should -Throw -ErrorId '*,Cluster.Commands.JoinClusterMasterCommand' -ExpectedMessage '*''WorkerCount''*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Assert-NothingLeft
    }
}
