# B7 of the conformance list, and G3: who gets a connection, and what becomes of it when that worker cannot take it.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # Opens the same port in each worker and returns it.
    function Open-Port([long[]] $Workers, [string] $Parameters = '') {
        $port = 0
        foreach ($id in $Workers) {
            $port = Invoke-InWorker $id ([scriptblock]::Create("`$listener = New-ClusterListener $port $Parameters -ErrorAction Stop; `$listener.Port"))
        }
        $port
    }

    # The worker that has a connection, by asking all of them for what they have.
    function Get-Served([long[]] $Workers) {
        foreach ($id in $Workers) {
            Invoke-InWorker $id {
                if (-not $taken) { $global:taken = [System.Collections.ArrayList]::new() }
                Receive-ClusterConnection $listener | ForEach-Object { $null = $global:taken.Add($_) }
                $global:taken.Count
            }
        }
    }

    function Get-Waiting { (Get-ClusterMetric -Name cluster.connection.waiting).Value }
}

Describe 'Scheduling' {
    AfterEach {
        foreach ($client in $clients) { $client.Dispose() }
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'one after the other, whatever the connections do' {
        $null = Start-PortMaster 3
        $port = Open-Port 1, 2, 3
        $clients = 1..9 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-ClusterMetric -Name cluster.connection.handed_over | Measure-Object Value -Sum).Sum -eq 9 }
        (Get-ClusterMetric -Name cluster.connection.handed_over).Value | Should -Be 3, 3, 3
        Wait-Until { (Get-Served 1, 2, 3) -join ',' -eq '3,3,3' }
    }

    It 'to the worker with the fewest connections' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2 '-Scheduling LeastConnections'
        $clients = @(1..6 | ForEach-Object { Connect-Port $port })
        Wait-Until { (Get-Served 1, 2) -join ',' -eq '3,3' }
        # One closes all that it has: the next ones are its own.
        Invoke-InWorker 2 { $global:taken | ForEach-Object Close; $global:taken.Clear() }
        $clients += 1..3 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-Served 1, 2) -join ',' -eq '3,3' }
    }

    It 'always to the same worker for the same address, and to another only when that is gone' {
        $null = Start-PortMaster 3
        $port = Open-Port 1, 2, 3 '-Scheduling Hash'
        $clients = @(1..6 | ForEach-Object { Connect-Port $port })
        Wait-Until { 6 -in (Get-Served 1, 2, 3) }
        $served = Get-Served 1, 2, 3
        $first = 1 + $served.IndexOf(6)
        Stop-ClusterWorker $first -Force
        $others = 1..3 | Where-Object { $_ -ne $first }
        $clients += 1..4 | ForEach-Object { Connect-Port $port }
        Wait-Until { 4 -in (Get-Served $others) }
    }

    It 'a worker that has as many as it wants is passed over, also for its own addresses; when all have, connections wait' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2 '-Scheduling Hash -Address 0.0.0.0 -MaxConnections 1'
        $clients = @(1..2 | ForEach-Object { Connect-Port $port })
        Wait-Until { (Get-Served 1, 2) -join ',' -eq '1,1' }
        $clients += Connect-Port $port
        Wait-Until { Get-Waiting -eq 1 }
    }

    It 'the system decides when the socket is shared, and nothing goes through the master' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2 '-Scheduling Shared'
        $clients = 1..20 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-Served 1, 2 | Measure-Object -Sum).Sum -eq 20 }
        (Get-ClusterMetric -Name cluster.connection.accepted).Value | Should -Be 0
    }

    It 'a worker that wants the port in another way gets an error' {
        $null = Start-PortMaster 2
        $port = Open-Port 1 '-Scheduling Shared'
        { Invoke-InWorker 2 { New-ClusterListener $port -ErrorAction Stop } @{ port = $port } } | Should -Throw 'ListenerMismatch*'
        Invoke-InWorker 2 { $listener = New-ClusterListener $port -Scheduling Shared -ErrorAction Stop; $listener.Port } @{ port = $port } | Should -Be $port
    }
}

Describe 'Connections that cannot be taken' {
    AfterEach {
        foreach ($client in $clients) { $client.Dispose() }
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-accept-fail: a client that has gone before it was accepted is passed over, and the port can be closed' {
        $null = Start-PortMaster 1
        $port = Open-Port 1
        foreach ($i in 1..20) {
            $gone = Connect-Port $port
            $gone.LingerState = [System.Net.Sockets.LingerOption]::new($true, 0)
            $gone.Dispose()
        }
        $clients = @(Connect-Port $port)
        $null = $clients[0].Send([byte[]](7))
        # The last one is there, behind the dead ones.
        Invoke-InWorker 1 {
            foreach ($connection in $listener | Receive-ClusterConnection -Count 21) {
                $byte = try { $connection.Stream.ReadByte() } catch { -1 }
                $connection.Close()
            }
            $byte
        } | Should -Be 7
        Invoke-InWorker 1 { $listener.Stop() }
        Wait-Until { -not (Test-PortOpen $port) }
    }

    It 'test-cluster-worker-handle-close: what a worker was given and stops to take goes to another one' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2
        $clients = 1..10 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-ClusterMetric -Name cluster.connection.handed_over | Measure-Object Value -Sum).Sum -eq 10 }
        Invoke-InWorker 1 { $listener.Stop() }
        Wait-Until { (Get-Served 2) -eq 10 }
    }

    It 'test-net-server-drop-connection: <max> connections at most, of 10 (<max>)' -ForEach @(@{ max = 0 }, @{ max = 1 }, @{ max = 9 }) {
        $null = Start-PortMaster 1
        $port = Open-Port 1 "-MaxConnections $max"
        $clients = 1..10 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-Waiting) -eq 10 - $max }
        Get-Served 1 | Should -Be $max
    }

    It 'test-net-server-drop-connection: those that a worker does not want go to another' {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -MaxConnections 2 -ErrorAction Stop; $listener.Port }
        $null = Invoke-InWorker 2 { $listener = New-ClusterListener $port -ErrorAction Stop } @{ port = $port }
        $clients = 1..10 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-Served 1, 2) -join ',' -eq '2,8' }
    }

    It 'test-cluster-rr-handle-close: closing the listener lets the worker exit' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { $listener = New-ClusterListener 0 -ErrorAction Stop; $listener.Stop() }
        $worker = Get-ClusterWorker -IncludeExited
        $null = $worker | Wait-ClusterWorker -TimeoutSec 30
        $worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-rr-handle-keep-loop-alive: an open listener keeps the worker alive' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { $null = New-ClusterListener 0 -ErrorAction Stop; 'the script has ended' }
        $null = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        $worker = Get-ClusterWorker
        $worker | Wait-ClusterWorker -TimeoutSec 2 -ErrorAction SilentlyContinue
        $worker.State | Should -Be 'Ready'
        $clients = @(Connect-Port ([int]($worker.Endpoints[0] -split ':')[-1]))
        Stop-ClusterMaster -DrainTimeoutSec 20
        $worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-rr-handle-ref-unref: one in the background does not' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { $null = New-ClusterListener 0 -Background -ErrorAction Stop }
        $worker = Get-ClusterWorker -IncludeExited
        $null = $worker | Wait-ClusterWorker -TimeoutSec 30
        $worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-shared-leak: two workers leave while a connection is open, and exit with 0' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2 '-Scheduling Shared'
        $clients = @(Connect-Port $port)
        Wait-Until { (Get-Served 1, 2 | Measure-Object -Sum).Sum -eq 1 }
        $workers = Get-ClusterWorker
        Invoke-InWorker ((Get-Served 1, 2).IndexOf(1) + 1) { $global:taken[0].Close() }
        Stop-ClusterMaster -DrainTimeoutSec 20
        $workers.ExitCode | Should -Be 0, 0
        Test-PortOpen $port | Should -BeFalse
    }

    It 'G3: what a blocked worker was given is served by another as soon as that one is killed' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2
        Send-WorkerMessage '[System.Threading.Thread]::Sleep(-1)' -Worker 1
        $clients = 1..10 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-Served 2) -eq 5 }
        Get-ClusterWorker 1 | Stop-ClusterWorker -Force
        Wait-Until { (Get-Served 2) -eq 10 }
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 0
    }
}

Describe 'While nobody is there' {
    AfterEach {
        foreach ($client in $clients) { $client.Dispose() }
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'connections wait for the worker that takes the place of one that was killed' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $listener = New-ClusterListener 0 -ErrorAction Stop
            Send-WorkerMessage $listener.Port
            $listener | Receive-ClusterConnection -Wait | ForEach-Object {
                if ($_.Stream.ReadByte() -eq 1) { [Environment]::FailFast('told to') }
                $_.Stream.Write([System.Text.Encoding]::ASCII.GetBytes("worker $($ClusterWorker.Id)"))
                $_.Close()
            }
        }
        $port = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody
        $clients = 1..5 | ForEach-Object { Connect-Port $port }
        $null = $clients[0].Send([byte[]](1))
        foreach ($client in $clients[1..4]) {
            $null = $client.Send([byte[]](2))
            Read-ToEnd $client | Should -Be 'worker 2'
        }
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be $port
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
