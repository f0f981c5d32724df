# Masters and servers that are killed, full queues and slow connections between machines.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    $why = Test-MachineNetwork
    $title = $why ? " (skipped: $why)" : ''
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $ticket = Join-Path $TestDrive ticket
}

Describe "A master that is killed$title" -Skip:([bool] $why) {
    BeforeAll {
        $network = New-MachineNetwork
        $ticket = Join-Path $TestDrive ticket-of-killed
        $lead = Add-Machine $network lead
        $machines = 'alpha', 'beta', 'gamma' | ForEach-Object { Add-Machine $network $_ }
        $agents = $machines | ForEach-Object { Start-Agent $_ @{ TicketPath = $ticket; WorkerCount = 1 } }
        $leader = Start-MachineScript $lead "$PSScriptRoot/Files/machine-leader.ps1" (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1"), (
            ConvertTo-Json @{ Listen = "$($lead.Address):0"; TicketPath = $ticket; WorkerCount = 1; MinimumMachineCount = 3 }), "$PSScriptRoot/Files/machine-worker.ps1"
    }

    AfterAll {
        Remove-MachineNetwork $network
    }

    It 'leaves nothing on three machines and its own within 6 s' {
        Read-HostScript $leader | Should -Be started
        $leader.Process.StandardInput.WriteLine('(Receive-ClusterEvent Ready -Count 4 -TimeoutSec 30).Count')
        Read-HostScript $leader | Should -Be 4
        $machines | ForEach-Object { @(Get-MachineProcess $_).Count } | Should -Be 2, 2, 2
        $ids = @($lead) + $machines | ForEach-Object { Get-MachineProcess $_ }
        Send-ProcessSignal $leader.Process.Id KILL
        $ended = Wait-ProcessEnd $ids -TimeoutSec 15
        $ended.Keys | Where-Object { $null -eq $ended[$_] } | ForEach-Object { "$_ $([System.IO.File]::ReadAllText("/proc/$_/cmdline") -replace "`0", ' ')" } | Should -BeNullOrEmpty
        $most = ($ended.Values | Measure-Object -Maximum).Maximum
        Write-Host "killed master: everything ended after $most ms: $($ended.Values | Sort-Object)"
        # The contract says 6 s; the rest is for a machine that is busy with other things.
        $most | Should -BeLessThan 9000
        foreach ($agent in $agents) {
            $null = Read-HostScript $agent
            Read-HostScript $agent | Should -BeLike 'error=LeaderLost: *'
        }
        @($lead) + $machines | ForEach-Object { Get-MachineProcess $_ } | Should -BeNullOrEmpty
    }
}

Describe "Traffic with a machine$title" -Skip:([bool] $why) {
    BeforeAll {
        $network = New-MachineNetwork
        $ticket = Join-Path $TestDrive ticket-of-traffic
        $alpha = Add-Machine $network alpha
        $null = Start-Agent $alpha @{ TicketPath = $ticket }
        $cluster = Start-ClusterMaster "$PSScriptRoot/Files/machine-worker.ps1" -NoLocalWorker -Listen "$($network.Address):0" -TicketPath $ticket -MinimumMachineCount 1 -HeartbeatTimeoutSec 0
        Wait-Until { @(Get-ClusterWorker | Where-Object State -EQ Ready).Count -eq 2 }
        $worker, $other = Get-ClusterWorker

        function Stop-Server {
            Get-DescendantProcess | Where-Object Name -EQ nats-server | ForEach-Object { Send-ProcessSignal $_.Id KILL }
        }
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
        Remove-MachineNetwork $network
    }

    AfterEach {
        Receive-ClusterEvent MachineLost | Should -BeNullOrEmpty
        (Get-ClusterMachine alpha).State | Should -Be Online
    }

    It 'loses nothing and keeps its order when the server is killed, several times' {
        1..30000 | ForEach-Object {
            if ($_ % 10000 -eq 5000) {
                Stop-Server
            }
            $_
        } | Send-WorkerMessage -Worker $worker -Topic count
        Invoke-InWorker $worker { $last, $wrong } | Should -Be 30000, 0
        Send-WorkerMessage '1..30000 | Send-WorkerMessage -Topic back' -Worker $worker
        $last = $wrong = 0
        Receive-WorkerMessage -Count 30000 -Topic back -ExpandBody -TimeoutSec 60 | ForEach-Object {
            $wrong += $_ -ne ++$last
            if ($last % 10000 -eq 5000) {
                Stop-Server
            }
        }
        $last, $wrong | Should -Be 30000, 0
        $null = Receive-WorkerMessage -Count 1 -Topic done @wait
        (Receive-ClusterEvent ProtocolError).Reason | Should -BeLike 'The message server has ended and is started again.*'
    }

    It 'with a worker that does not read waits, takes no memory, and holds up no other' {
        $go = Join-Path $TestDrive go
        Send-WorkerMessage "while (-not [System.IO.File]::Exists('$go')) { [System.Threading.Thread]::Sleep(20) }" -Worker $worker
        [System.GC]::Collect()
        $before = [System.GC]::GetTotalMemory($true)
        $body = '$x = 1 #' + 'x' * 1MB
        $sent = 0
        $failure = $null
        while (-not $failure -and $sent -lt 300) {
            Send-WorkerMessage $body -Worker $worker -TimeoutSec 2 -ErrorAction SilentlyContinue -ErrorVariable failure
            $sent += -not $failure
        }
        $failure | Should -Not -BeNullOrEmpty -Because 'the sender waits'
        $sent | Should -BeLessThan 60
        $kept = ([System.GC]::GetTotalMemory($true) - $before) / 1MB
        $kept | Should -BeLessThan 64
        Write-Host "full queue: $sent of 1 MiB taken ($($failure[0].FullyQualifiedErrorId)), $kept MiB kept by the master"
        1..100 | Invoke-WorkerRequest -Worker $other -Topic echo @wait | Should -Be (1..100)
        $null = New-Item $go
        # One for what made it wait.
        Receive-WorkerMessage -Count ($sent + 1) -Topic done @wait | Should -HaveCount ($sent + 1)
        1 | Invoke-WorkerRequest -Worker $worker -Topic echo @wait | Should -Be 1
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'over a slow connection takes its time and is not taken for dead' {
        Set-MachineRate $alpha 4mbit
        try {
            $body = [byte[]]::new(2MB)
            [System.Random]::new(2).NextBytes($body)
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            Send-WorkerMessage -Body $body -Worker $worker -Topic back
            $back = (Receive-WorkerMessage -Count 1 -Topic back @wait).Body
            [System.Linq.Enumerable]::SequenceEqual([byte[]] $back, $body) | Should -BeTrue
            Write-Host "slow: 2 MiB there and back over 4 Mbit/s in $($clock.Elapsed.TotalSeconds) s"
            $clock.Elapsed.TotalSeconds | Should -BeGreaterThan 4
        }
        finally {
            Set-MachineRate $alpha
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
