# B9 of the conformance list: neighbours of the cluster tests.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
}

Describe 'Shared and exclusive ports' {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10 }

    It 'test-net-listen-shared-ports: one that is not exclusive is shared, an exclusive one is refused to the second worker' {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $shared = New-ClusterListener 0 -ErrorAction Stop; $shared.Port }
        Invoke-InWorker 2 { $shared = New-ClusterListener $port -ErrorAction Stop; $shared.Port } @{ port = $port } | Should -Be $port
        $own = Invoke-InWorker 1 { $own = New-ClusterListener 0 -Exclusive -ErrorAction Stop; $own.Port }
        { Invoke-InWorker 2 { New-ClusterListener $own -Exclusive -ErrorAction Stop } @{ own = $own } } | Should -Throw 'AddressInUse*'
        { Invoke-InWorker 2 { New-ClusterListener $own -ErrorAction Stop } @{ own = $own } } | Should -Throw 'AddressInUse*'

        # Be ahead of Node, whose master hears nothing of these.
        (Receive-ClusterEvent -Name Listening).EndPoint | Should -Contain "127.0.0.1:$own"
        (Get-ClusterWorker 1).Endpoints | Should -Be "127.0.0.1:$port", "127.0.0.1:$own"
    }

    It 'test-net-listen-exclusive-random-ports: exclusive ports of number 0 are different ones' {
        $null = Start-PortMaster 2
        $ports = 1..2 | ForEach-Object { Invoke-InWorker $_ { $own = New-ClusterListener 0 -Exclusive -ErrorAction Stop; $own.Port } }
        $ports[0] | Should -Not -Be $ports[1]
        foreach ($id in 1, 2) {
            $client = Connect-Port $ports[$id - 1]
            Invoke-InWorker $id { $c = $own.Accept(); $c.Stream.Write([byte[]](48 + $ClusterWorker.Id)); $c.Close() }
            Read-ToEnd $client | Should -Be "$id"
        }
    }

    It 'an exclusive port that was closed can be had again at once' {
        $null = Start-PortMaster 1
        Invoke-InWorker 1 {
            $own = New-ClusterListener 0 -Exclusive -ErrorAction Stop
            $port = $own.Port
            foreach ($i in 1..5) { $own.Stop(); $own = New-ClusterListener $port -Exclusive -ErrorAction Stop }
            $own.Port -eq $port
        } | Should -BeTrue
    }

    It 'test-net-listen-twice: two listeners, one event each, and the worker still leaves' {
        $null = Start-PortMaster 1
        $null = Invoke-InWorker 1 { $first = New-ClusterListener 0 -ErrorAction Stop; $second = New-ClusterListener 0 -ErrorAction Stop }
        Receive-ClusterEvent -Name Listening | Should -HaveCount 2
        $worker = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 20
        $worker.ExitCode | Should -Be 0
    }

    It 'test-net-server-close-before-ipc-response: a listener that is given up before the answer leaves nothing' -Skip:$IsWindows {
        $null = Start-PortMaster 1
        $probe = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $probe.Start()
        $port = $probe.LocalEndpoint.Port
        $probe.Stop()
        $state = Invoke-InWorker 1 {
            $other = New-ClusterListener 0 -ErrorAction Stop
            $given = [System.Collections.Concurrent.ConcurrentDictionary[string, object]]::new()
            $shell = [powershell]::Create().AddScript('
                param($Module, $Port, $Given)
                Import-Module $Module
                $Given["begun"] = $true
                $Given["listener"] = New-ClusterListener $Port').AddArgument((Get-Command New-ClusterListener).Module.Path).AddArgument($port).AddArgument($given)
            # A master that is suspended gives no answer; it takes the request and its withdrawal when it goes on.
            & /bin/sh -c "kill -STOP $($ClusterWorker.MasterProcessId)"
            try {
                $running = $shell.BeginInvoke()
                while (-not $given.ContainsKey('begun') -and -not $running.IsCompleted) { $null = [System.Threading.Thread]::Yield() }
                # Wherever it is then, before or after its request, nothing of it may stay.
                $null = $running.AsyncWaitHandle.WaitOne(200)
                $shell.Stop()
            }
            finally {
                & /bin/sh -c "kill -CONT $($ClusterWorker.MasterProcessId)"
            }
            "$($given.ContainsKey('begun')) $($given.ContainsKey('listener')) $($shell.InvocationStateInfo.State)"
            $shell.Dispose()
            $other.Stop()
        } @{ port = $port }
        $state | Should -Be 'True False Stopped'
        Wait-Until { -not (Get-ClusterWorker).Endpoints }
        Test-PortOpen $port | Should -BeFalse
        $worker = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 20
        $worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-disconnect-with-open-listener: a worker that drains refuses to open ports' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Wait
            try { New-ClusterListener 0 -ErrorAction Stop } catch { Send-WorkerMessage $_.FullyQualifiedErrorId }
        }
        Stop-ClusterMaster -DrainTimeoutSec 20
        Receive-WorkerMessage -ExpandBody | Should -BeLike 'WorkerExited*'
    }
}

Describe 'More ways to a port' {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10 }

    It 'test-cluster-net-reuseport: two workers bind the same port themselves, and the master is not asked' -Skip:(-not $IsLinux) {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -ReusePort -ErrorAction Stop; $listener.Port }
        Invoke-InWorker 2 { $listener = New-ClusterListener $port -ReusePort -ErrorAction Stop; $listener.IsExclusive } @{ port = $port } | Should -BeTrue
        { Invoke-InWorker 2 { New-ClusterListener $port -Exclusive -ErrorAction Stop } @{ port = $port } } | Should -Throw 'AddressInUse*'
        $clients = 1..32 | ForEach-Object { Connect-Port $port }
        $served = @{ 1 = 0; 2 = 0 }
        Wait-Until {
            foreach ($id in 1, 2) { $served[$id] += Invoke-InWorker $id { @(Receive-ClusterConnection $listener | ForEach-Object { $_.Close(); 1 }).Count } }
            $served[1] + $served[2] -eq 32
        }
        $clients | ForEach-Object Dispose
        (Get-ClusterMetric -Name cluster.connection.accepted).Value | Should -Be 0
    }

    It 'test-http-server-drop-connections-in-cluster: over its limit a worker that says so has connections closed at once' {
        $null = Start-PortMaster 1
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -MaxConnections 1 -OnOverload Drop -ErrorAction Stop; $listener.Port }
        $first = Connect-Port $port
        Wait-Until { (Get-ClusterMetric -Name cluster.connection.handed_over).Value -eq 1 }
        Read-ToEnd (Connect-Port $port) | Should -BeNullOrEmpty
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 1
        $null = Invoke-InWorker 1 { $listener.Accept().Close() }
        Read-ToEnd $first | Should -BeNullOrEmpty
        Wait-Until { $last = Connect-Port $port; $taken = Invoke-InWorker 1 { @(Receive-ClusterConnection $listener).Count }; $last.Dispose(); $taken }
    }

    It 'test-listen-fd-cluster: a socket that the master was started with' -Skip:(-not $IsLinux) {
        $script = Join-Path $TestDrive inherited.ps1
        Set-Content $script @"
            Import-Module '$PSScriptRoot/../../module/Cluster.psd1'
            `$null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
                `$listener = New-ClusterListener -Descriptor 3 -ErrorAction Stop
                while (`$c = `$listener.Accept()) { `$c.Stream.Write([byte[]](48 + `$ClusterWorker.Id)); `$c.Close() }
            }
            (Get-ClusterWorker)[0].Endpoints[0]
            `$null = [Console]::In.ReadLine()
            Stop-ClusterMaster
"@
        $start = [System.Diagnostics.ProcessStartInfo]::new('python3', [string[]]@('-c', @"
import os, socket, sys
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(16)
if s.fileno() != 3: os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[1], sys.argv[1:])
"@, (Get-HostProgram), '-NoProfile', '-File', $script))
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        try {
            $name = $process.StandardOutput.ReadLineAsync()
            $name.Wait(60000) | Should -BeTrue
            $name.Result | Should -Match '^127\.0\.0\.1:\d+$'
            $port = [int] ($name.Result -split ':')[1]
            1..4 | ForEach-Object { Read-ToEnd (Connect-Port $port) } | Sort-Object -Unique | Should -Be '1', '2'
            $process.StandardInput.WriteLine()
            $process.WaitForExit(30000) | Should -BeTrue
            $process.ExitCode | Should -Be 0
        }
        finally {
            if (-not $process.HasExited) { $process.Kill($true) }
            $process.Dispose()
        }
    }

    It 'a descriptor that is no listening socket is an error, and stays as it is' -Skip:$IsWindows {
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { New-ClusterListener -Descriptor 2000 -ErrorAction Stop } } | Should -Throw 'AddressInvalid*not a listening socket*'
    }
}

Describe 'Bad input' {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10 }

    It '<what>: an error that says what to do' -ForEach @(
        @{ what = 'no address'; script = { New-ClusterListener 0 -Address 'nowhere.example' -ErrorAction Stop }; like = 'AddressInvalid*127.0.0.1*' }
        @{ what = 'a number'; script = { New-ClusterListener 0 -Address '8080' -ErrorAction Stop }; like = 'AddressInvalid*' }
        @{ what = 'an address of another machine'; script = { New-ClusterListener 0 -Address '192.0.2.1' -ErrorAction Stop }; like = 'AddressNotAvailable*does not have*' }
        @{ what = 'not a file'; script = { New-ClusterListener -Path 'Env:/web' -ErrorAction Stop }; like = 'AddressInvalid*not in the file system*' }
        @{ what = 'no such folder'; script = { New-ClusterListener -Path '/nonexistent/web.sock' -ErrorAction Stop }; like = 'AddressNotAvailable*Create it first*' }
        @{ what = 'a mode that is none'; script = { New-ClusterListener -Path '/tmp/x.sock' -SocketMode 999 -ErrorAction Stop }; like = '*ParameterArgumentValidationError*' }
    ) {
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 $script } | Should -Throw $like
        # The worker is as it was.
        Invoke-InWorker 1 { (New-ClusterListener 0 -ErrorAction Stop).Port } | Should -BeGreaterThan 0
    }

    It 'outside of a worker: an error that says where the command belongs' {
        { New-ClusterListener 0 -ErrorAction Stop } | Should -Throw -ErrorId 'NotAWorker*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
