# B4 of the conformance list, second part: workers that leave, and workers that are killed.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # Waits for the end of a worker and returns what its end was told by.
    function Wait-End($Worker) {
        $null = $Worker | Wait-ClusterWorker -TimeoutSec 30
        $Worker.State | Should -Be 'Exited'
        Test-ProcessAlive $Worker.ProcessId | Should -BeFalse
        Receive-ClusterEvent | Where-Object { $_.Worker.Id -eq $Worker.Id -and $_.Name -in 'Disconnect', 'Exit' } | ForEach-Object Name
    }

    # One worker that opens a server of its own, says its port, and then does what it is given.
    function Start-ListeningWorker([scriptblock] $Then) {
        $null = Start-ClusterMaster -WorkerCount 1 -ArgumentList "$Then" -ScriptBlock {
            param($Text)
            $server = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $server.Start()
            Send-WorkerMessage $server.LocalEndpoint.Port
            $null = Receive-WorkerMessage -Count 1
            . ([scriptblock]::Create($Text))
        }
        $worker = Get-ClusterWorker
        $port = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody
        $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $port)
        Send-WorkerMessage 'go' -All
        [pscustomobject]@{ Worker = $worker; Client = $client }
    }
}

Describe 'Disconnect by the worker' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
        if ($listening) { $listening.Client.Dispose() }
    }

    It 'test-cluster-disconnect-exitedAfterDisconnect-race: the flag is known before the exit, code 0' {
        $null = Start-ClusterMaster -WorkerCount 2 -NoWait -ScriptBlock { Stop-ClusterWorker; exit }
        $workers = Get-ClusterWorker -IncludeExited
        $null = $workers | Wait-ClusterWorker -TimeoutSec 30
        $workers.ExitCode | Should -Be 0, 0
        $workers.ExitedAfterDisconnect | Should -Be $true, $true
    }

    It 'test-cluster-disconnect-race: a worker whose first act is to leave, with its server being set up, exits with 0' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $server = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $server.Start()
            $accept = $server.AcceptTcpClientAsync()
            Stop-ClusterWorker
        }
        $worker = Get-ClusterWorker 1
        Wait-End $worker | Should -Be 'Disconnect', 'Exit'
        $worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-disconnect-unshared-<name>: a worker without servers can leave while another holds a port' -ForEach @(
        @{ name = 'tcp'; open = { $socket = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0); $socket.Start() } }
        @{ name = 'udp'; open = { $socket = [System.Net.Sockets.UdpClient]::new(0) } }
    ) {
        $null = Start-ClusterMaster -WorkerCount 2 -ArgumentList "$open" -ScriptBlock {
            if ($ClusterWorker.Id -eq 2) { . ([scriptblock]::Create($args[0])) }
            Send-WorkerMessage 'there'
            Receive-WorkerMessage -Wait | ForEach-Object { Stop-ClusterWorker }
        }
        $null = Receive-WorkerMessage -Count 2 -TimeoutSec 30
        $leaving, $holding = Get-ClusterWorker
        Send-WorkerMessage 'leave' -Worker $leaving
        Wait-End $leaving | Should -Be 'Disconnect', 'Exit'
        $leaving.ExitCode | Should -Be 0
        $holding.State | Should -Be 'Ready'
        Stop-ClusterMaster
        $holding.ExitCode | Should -Be 0
    }

    It 'test-cluster-kill-disconnect: <name> in the worker is a voluntary exit' -ForEach @(
        @{ name = 'kill()'; act = { Stop-ClusterWorker -Force; Send-WorkerMessage 'must not come' } }
        @{ name = 'disconnect()'; act = { Stop-ClusterWorker } }
    ) {
        $listening = Start-ListeningWorker $act
        Wait-End $listening.Worker | Should -Be 'Disconnect', 'Exit'
        $listening.Worker.ExitedAfterDisconnect | Should -BeTrue
        $listening.Worker.ExitCode | Should -Be 0
        $listening.Worker.Signal | Should -BeNullOrEmpty
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'test-cluster-worker-destroy: destroy() works <name>' -ForEach @(
        @{ name = 'while connected'; act = { Stop-ClusterWorker -Force } }
        @{ name = 'after a disconnect'; act = { Stop-ClusterWorker; Stop-ClusterWorker; Stop-ClusterWorker -Force } }
    ) {
        $listening = Start-ListeningWorker $act
        Wait-End $listening.Worker | Should -Be 'Disconnect', 'Exit'
        $listening.Worker.ExitCode | Should -Be 0
        $listening.Worker.ExitedAfterDisconnect | Should -BeTrue
    }

    It 'test-cluster-worker-disconnect: while listening; it returns the worker, and the exit code 42 is kept' {
        $listening = Start-ListeningWorker {
            $me = Stop-ClusterWorker -PassThru
            Send-WorkerMessage $me.Id
            exit 42
        }
        Wait-End $listening.Worker | Should -Be 'Disconnect', 'Exit'
        Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be 1
        $listening.Worker.ExitCode | Should -Be 42
        $listening.Worker.Signal | Should -BeNullOrEmpty
        $listening.Worker.ExitedAfterDisconnect | Should -BeTrue
        $listening.Worker.IsConnected | Should -BeFalse
    }

    It 'test-cluster-worker-disconnect-on-error: a worker whose listen failed can leave' {
        $listening = Start-ListeningWorker {
            $second = [System.Net.Sockets.TcpListener]::new($server.LocalEndpoint)
            try { $second.Start() }
            catch { Send-WorkerMessage "$($_.Exception.InnerException.SocketErrorCode)"; Stop-ClusterWorker }
        }
        Wait-End $listening.Worker | Should -Be 'Disconnect', 'Exit'
        Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be 'AddressAlreadyInUse'
        $listening.Worker.ExitCode | Should -Be 0
        $listening.Worker.ExitedAfterDisconnect | Should -BeTrue
    }

    It 'test-cluster-worker-no-exit, test-cluster-worker-wait-server-close: it stays until its connection has ended' {
        $listening = Start-ListeningWorker {
            $connection = $server.AcceptTcpClient()
            Stop-ClusterWorker
            Send-WorkerMessage 'left'
            $null = $connection.GetStream().ReadByte()
            Send-WorkerMessage 'served'
        }
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'left'
        $listening.Worker.State | Should -Be 'Draining'
        Receive-ClusterEvent -Name Disconnect | Should -BeNullOrEmpty
        Test-ProcessAlive $listening.Worker.ProcessId | Should -BeTrue
        $listening.Client.Close()
        $served = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        $served.Body | Should -Be 'served'
        $null = Wait-ClusterWorker $listening.Worker -TimeoutSec 30
        (Receive-ClusterEvent -Name Disconnect -Count 1 -TimeoutSec 30).Time | Should -BeGreaterOrEqual $served.SentAt
        $listening.Worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-worker-no-exit: -DrainTimeoutSec bounds it' {
        $listening = Start-ListeningWorker {
            $connection = $server.AcceptTcpClient()
            Send-WorkerMessage 'open'
            while ($connection.Connected) { Start-Sleep -Milliseconds 20 }
        }
        $null = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        Stop-ClusterWorker 1 -DrainTimeoutSec 0.2
        Test-ProcessAlive $listening.Worker.ProcessId | Should -BeFalse
        $listening.Worker.ExitReason | Should -Be 'Stopped'
        $listening.Client.GetStream().ReadTimeout = 30000
        # Its connection has ended too: the end of the stream, or a reset.
        $rest = try { $listening.Client.GetStream().ReadByte() } catch [System.IO.IOException] { -1 }
        $rest | Should -Be -1
    }

    It 'test-cluster-process-disconnect: disconnect inside a listening worker gives exit 0 and no signal' {
        $listening = Start-ListeningWorker { Stop-ClusterWorker }
        Wait-End $listening.Worker | Should -Be 'Disconnect', 'Exit'
        $listening.Worker.ExitCode | Should -Be 0
        $listening.Worker.Signal | Should -BeNullOrEmpty
    }

    It 'test-cluster-worker-exit: exit(42) while listening: events once each, code 42, not voluntary' {
        $listening = Start-ListeningWorker { exit 42 }
        Wait-End $listening.Worker | Should -Be 'Disconnect', 'Exit'
        $listening.Worker.ExitCode | Should -Be 42
        $listening.Worker.Signal | Should -BeNullOrEmpty
        $listening.Worker.ExitedAfterDisconnect | Should -BeExactly $false
    }
}

Describe 'A kill' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-kill-infinite-loop: SIGTERM ends a worker in <name>; no code, signal SIGTERM' -Skip:([bool] $IsWindows) -ForEach @(
        @{ name = 'while ($true)'; busy = { while ($true) { } } }
        @{ name = 'a pipeline that never ends'; busy = { & { while ($true) { 1 } } | ForEach-Object { } } }
        @{ name = 'native code'; busy = { [System.Security.Cryptography.Rfc2898DeriveBytes]::Pbkdf2('x', [byte[]]::new(8), 2000000000, 'SHA256', 32) } }
    ) {
        $null = Start-ClusterMaster -WorkerCount 1 -ArgumentList "$busy" -ScriptBlock {
            Send-WorkerMessage 'busy'
            . ([scriptblock]::Create($args[0]))
        }
        $null = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        $worker = Get-ClusterWorker
        Send-ProcessSignal $worker.ProcessId TERM
        Wait-End $worker | Should -Be 'Disconnect', 'Exit'
        $worker.Signal | Should -Be 'SIGTERM'
        $worker.ExitCode | Should -BeNullOrEmpty
        $worker.ExitReason | Should -Be 'Crashed'
        $worker.ExitedAfterDisconnect | Should -BeExactly $false
    }

    It 'test-cluster-worker-kill: a process killed from outside: disconnect and exit once each, not voluntary' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
        $worker = Get-ClusterWorker
        [System.Diagnostics.Process]::GetProcessById($worker.ProcessId).Kill()
        Wait-End $worker | Should -Be 'Disconnect', 'Exit'
        if (-not $IsWindows) {
            $worker.Signal | Should -Be 'SIGKILL'
            $worker.ExitCode | Should -BeNullOrEmpty
        }
        $worker.ExitReason | Should -Be 'Crashed'
        $worker.ExitedAfterDisconnect | Should -BeExactly $false
    }

    It 'test-cluster-worker-kill-signal: Stop-ClusterWorker -Force: the same, and the list of workers is empty' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Send-WorkerMessage 'busy'; while ($true) { } }
        $null = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        $worker = Get-ClusterWorker
        Stop-ClusterWorker $worker -Force
        Get-ClusterWorker | Should -BeNullOrEmpty
        Wait-End $worker | Should -Be 'Disconnect', 'Exit'
        if (-not $IsWindows) {
            $worker.Signal | Should -Be 'SIGKILL'
            $worker.ExitCode | Should -BeNullOrEmpty
        }
        $worker.ExitReason | Should -Be 'Killed'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
