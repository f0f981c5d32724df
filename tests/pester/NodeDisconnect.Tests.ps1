# B4 of the conformance list: disconnect, kill, exit. Servers are plain .NET sockets of the workers' own.

BeforeAll {
    $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module $module

    # Waits for the end of a worker and returns how often each event came.
    function Wait-End($Worker) {
        $null = $Worker | Wait-ClusterWorker -TimeoutSec 30
        $Worker.State | Should -Be 'Exited'
        Test-ProcessAlive $Worker.ProcessId | Should -BeFalse
        Receive-ClusterEvent | Where-Object { $_.Worker.Id -eq $Worker.Id -and $_.Name -in 'Disconnect', 'Exit' } | ForEach-Object Name
    }
}

Describe 'Disconnect by the master' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-disconnect: closes all servers, and a second round can use the same ports' {
        $ports = 1..2 | ForEach-Object {
            $probe = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $probe.Start()
            $probe
        }
        $numbers = @($ports | ForEach-Object { $_.LocalEndpoint.Port; $_.Stop() })
        foreach ($round in 1..2) {
            $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
                $server = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, ($using:numbers)[$ClusterWorker.Slot])
                $server.Start()
                $client = $server.AcceptTcpClient()
                $client.Dispose()
                Send-WorkerMessage 'served'
                Receive-WorkerMessage -Wait
            }
            $workers = Get-ClusterWorker
            foreach ($number in $numbers) {
                # A worker is ready a moment before or after its server is.
                $deadline = [datetime]::UtcNow.AddSeconds(30)
                do {
                    $client = [System.Net.Sockets.TcpClient]::new()
                    try { $client.Connect('127.0.0.1', $number) } catch [System.Net.Sockets.SocketException] { Start-Sleep -Milliseconds 20 }
                    $isConnected = $client.Connected
                    $client.Dispose()
                } until ($isConnected -or [datetime]::UtcNow -gt $deadline)
                $isConnected | Should -BeTrue
            }
            Receive-WorkerMessage -Count 2 -TimeoutSec 30 -ExpandBody | Should -Be 'served', 'served'
            Stop-ClusterMaster
            $workers.ExitCode | Should -Be 0, 0
            foreach ($number in $numbers) {
                { [System.Net.Sockets.TcpClient]::new('127.0.0.1', $number) } | Should -Throw
            }
        }
    }

    It 'test-cluster-disconnect-with-no-workers: succeeds' {
        $master = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { }
        $null = Get-ClusterWorker -IncludeExited | Wait-ClusterWorker -TimeoutSec 30
        Get-ClusterWorker | Should -BeNullOrEmpty
        { $master | Stop-ClusterMaster -ErrorAction Stop } | Should -Not -Throw
        $master.State | Should -Be 'Stopped'
    }

    It 'test-cluster-disconnect-idle-worker: works right after fork, and the list of workers is empty then' {
        $null = Start-ClusterMaster -WorkerCount 2 -NoWait
        $workers = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 30
        Get-ClusterWorker | Should -BeNullOrEmpty
        $workers.State | Should -Be 'Exited', 'Exited'
        $workers.ExitReason | Should -Be 'Stopped', 'Stopped'
    }

    It 'test-cluster-disconnect-leak: disconnect just after fork gives one disconnect and one exit' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { Receive-WorkerMessage -Wait }
        $worker = Get-ClusterWorker
        Stop-ClusterWorker 1 -DrainTimeoutSec 30
        Wait-End $worker | Should -Be 'Disconnect', 'Exit'
        $worker.ExitCode | Should -Be 0
        $worker.ExitReason | Should -Be 'Stopped'
        $worker.ExitedAfterDisconnect | Should -BeTrue
    }

    It 'test-cluster-disconnect-before-exit: one worker that has disconnected and not exited is no obstacle' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            if ($ClusterWorker.Id -eq 1) {
                Stop-ClusterWorker
                Send-WorkerMessage 'left'
                # The work that it still has.
                Start-Sleep -Milliseconds 500
            }
            Receive-WorkerMessage -Wait
        }
        $workers = Get-ClusterWorker
        $null = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        $workers[0].State | Should -Be 'Draining'
        { Stop-ClusterMaster -DrainTimeoutSec 30 -ErrorAction Stop } | Should -Not -Throw
        $workers.ExitCode | Should -Be 0, 0
        $workers.ExitedAfterDisconnect | Should -Be $true, $true
    }

    It 'test-cluster-worker-forced-exit: a worker told to disconnect finishes its work and keeps its exit code' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Wait
            Start-Sleep -Milliseconds 300
            Send-WorkerMessage 'finished'
            exit 42
        }
        $worker = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 30
        $worker.ExitCode | Should -Be 42
        $worker.ExitReason | Should -Be 'Stopped'
        Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be 'finished'
    }

    It 'test-cluster-worker-forced-exit: a worker whose channel closes does not go on' {
        $file = Join-Path $TestDrive 'went-on.txt'
        $script = Join-Path $TestDrive 'short-lived-master.ps1'
        Set-Content -LiteralPath $script -Value @'
param($Module, $File)
Import-Module $Module
$master = Start-ClusterMaster -WorkerCount 1 -ArgumentList $File -ScriptBlock {
    Receive-WorkerMessage -Wait
    Start-Sleep 3
    [System.IO.File]::WriteAllText($args[0], 'it went on')
}
[System.Console]::Out.WriteLine($master.Workers.ProcessId)
$null = [System.Console]::In.ReadLine()
'@
        $master = Start-HostScript $script -ArgumentList $module, $file
        try {
            $id = [int] (Read-HostScript $master)
            $master.Process.Kill()
            (Wait-ProcessEnd $id)[$id] | Should -Not -BeNullOrEmpty
            $file | Should -Not -Exist
        }
        finally {
            Stop-HostScript $master
        }
    }

    It 'test-cluster-concurrent-disconnect: workers that are told to leave while they leave all exit with 0' {
        $null = Start-ClusterMaster -WorkerCount 4 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object {
                if ($ClusterWorker.Id % 2) { Stop-ClusterWorker } else { Stop-ClusterWorker -Force }
            }
        }
        $workers = Get-ClusterWorker
        Send-WorkerMessage 'leave' -All
        $workers | Stop-ClusterWorker -DrainTimeoutSec 30 -ErrorAction Stop
        Stop-ClusterMaster -ErrorAction Stop
        $workers.ExitCode | Should -Be 0, 0, 0, 0
        $workers.Signal | Where-Object { $_ } | Should -BeNullOrEmpty
        $workers.ExitedAfterDisconnect | Should -Be $true, $true, $true, $true
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
