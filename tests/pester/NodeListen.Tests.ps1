# B6 of the conformance list: listening, ports, errors.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # What each worker says of itself to whoever connects.
    $sayId = {
        $listener = New-ClusterListener @arguments -ErrorAction Stop
        Send-WorkerMessage $listener.Port
        $listener | Receive-ClusterConnection -Wait | ForEach-Object {
            $_.Stream.Write([System.Text.Encoding]::ASCII.GetBytes("worker $($ClusterWorker.Id) $($_.RemoteEndPoint)"))
            $_.Close()
        }
    }

    function Start-Serving([hashtable] $Arguments, [int] $WorkerCount = 2) {
        Start-ClusterMaster -WorkerCount $WorkerCount -ArgumentList $Arguments, "$sayId" -ScriptBlock {
            param([System.Collections.IDictionary] $given, [string] $text)
            $arguments = @{}
            foreach ($name in $given.Keys) { $arguments[$name] = $given[$name] }
            . ([scriptblock]::Create($text))
        }
    }

    function Get-FreePort {
        $probe = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Any, 0)
        $probe.Start()
        $probe.LocalEndpoint.Port
        $probe.Stop()
    }
}

Describe 'Listening' {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10 }

    It 'test-cluster-listening-port: of port 0, the event has the real number' {
        $null = Start-Serving @{ Port = 0 }
        $port = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody
        $port | Should -BeGreaterThan 0
        $events = Receive-ClusterEvent -Name Listening
        $events.EndPoint | Should -Be "127.0.0.1:$port", "127.0.0.1:$port"
        (Get-ClusterWorker).Endpoints | Should -Be "127.0.0.1:$port", "127.0.0.1:$port"
    }

    It 'test-cluster-net-listen: a listener without a port is refused before anything runs' {
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { New-ClusterListener -Port $null -Path $null } } | Should -Throw '*Parameter*'
        { Invoke-InWorker 1 { New-ClusterListener 65536 } } | Should -Throw '*ParameterArgumentValidationError*'
        { Invoke-InWorker 1 { New-ClusterListener -1 } } | Should -Throw '*ParameterArgumentValidationError*'
    }

    It 'test-cluster-net-listen-backlog: the backlog of a worker is that of the socket' -Skip:(-not $IsLinux) {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -Backlog 37 -ErrorAction Stop; $listener.Port }
        "$(ss -Hltn "sport = :$port")" -split '\s+' | Select-Object -Index 2 | Should -Be 37
        # Be ahead of Node: the largest counts.
        Invoke-InWorker 2 { $null = New-ClusterListener $port -Backlog 91 -ErrorAction Stop } @{ port = $port }
        "$(ss -Hltn "sport = :$port")" -split '\s+' | Select-Object -Index 2 | Should -Be 91
    }

    It 'test-cluster-net-listen-relative-path: a path that is too long works from the current directory, and its file is removed' -Skip:$IsWindows {
        $deep = Join-Path ([System.IO.Path]::GetTempPath()) ('d' * 60) ('e' * 60)
        $null = New-Item -ItemType Directory $deep
        try {
            $path = Join-Path $deep 'web.sock'
            $before = [Environment]::CurrentDirectory
            [Environment]::CurrentDirectory = $deep
            $null = Start-Serving @{ Path = $path }
            $null = Receive-WorkerMessage -Count 2 -TimeoutSec 30
            Test-Path $path | Should -BeTrue
            Read-ToEnd (Connect-Port -Path 'web.sock') | Should -BeLike 'worker *'
            Stop-ClusterMaster
            Test-Path $path | Should -BeFalse
        }
        finally {
            [Environment]::CurrentDirectory = $before
            Remove-Item -Recurse (Split-Path $deep)
        }
    }

    It 'a path that is too long from everywhere is an error that says so' -Skip:$IsWindows {
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { New-ClusterListener -Path "/tmp/$('x' * 120)" -ErrorAction Stop } } | Should -Throw 'AddressInvalid*103 bytes*'
    }

    It 'test-cluster-listen-pipe-readable-writable: the mode of the file' -Skip:$IsWindows {
        $null = Start-PortMaster 1
        $path = Join-Path ([System.IO.Path]::GetTempPath()) 'mode.sock'
        $null = Invoke-InWorker 1 { $listener = New-ClusterListener -Path $path -SocketMode 777 -ErrorAction Stop } @{ path = $path }
        [int][System.IO.File]::GetUnixFileMode($path) | Should -Be 511
    }

    It 'test-cluster-http-pipe: a Unix socket is served, and the remote address is not known' -Skip:$IsWindows {
        $path = Join-Path ([System.IO.Path]::GetTempPath()) 'pipe.sock'
        $null = Start-Serving @{ Path = $path }
        $null = Receive-WorkerMessage -Count 2 -TimeoutSec 30
        $answers = 1..4 | ForEach-Object { Read-ToEnd (Connect-Port -Path $path) }
        $answers | Sort-Object -Unique | Should -Be 'worker 1 ', 'worker 2 '
    }

    It 'test-cluster-net-listen-ipv6only-false: one address for IPv4 and IPv6, shared by three workers' {
        $null = Start-Serving @{ Port = 0; Address = '::' } 3
        $port = Receive-WorkerMessage -Count 3 -TimeoutSec 30 -ExpandBody | Sort-Object -Unique
        @($port).Count | Should -Be 1
        (Receive-ClusterEvent -Name Listening).EndPoint | Sort-Object -Unique | Should -Be "[::]:$port"
        Read-ToEnd (Connect-Port $port 127.0.0.1) | Should -BeLike 'worker*'
        Read-ToEnd (Connect-Port $port ::1) | Should -BeLike 'worker*'
    }

    It 'test-cluster-net-listen-ipv6only-<name>: the IPv4 port stays free' -ForEach @(
        @{ name = 'none'; scheduling = 'Shared' }
        @{ name = 'rr'; scheduling = 'RoundRobin' }
    ) {
        $null = Start-Serving @{ Port = 0; Address = '::'; IPv6Only = $true; Scheduling = $scheduling } 2
        $port = Receive-WorkerMessage -Count 2 -TimeoutSec 30 -ExpandBody | Sort-Object -Unique
        @($port).Count | Should -Be 1
        Test-PortOpen $port 127.0.0.1 | Should -BeFalse
        $other = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Any, $port)
        $other.Start()
        $other.Stop()
        Read-ToEnd (Connect-Port $port ::1) | Should -BeLike 'worker*'
    }

    It 'test-cluster-bind-twice: a second cluster gets the error of the system in its worker' {
        $null = Start-PortMaster 1 @{ Name = 'first' }
        $null = Start-PortMaster 1 @{ Name = 'second' }
        $first, $second = 'first', 'second' | ForEach-Object { Get-ClusterWorker -Master $_ }
        $port = Invoke-InWorker $first { $listener = New-ClusterListener 0 -ErrorAction Stop; $listener.Port }
        { Invoke-InWorker $second { New-ClusterListener $port -ErrorAction Stop } @{ port = $port } } | Should -Throw 'AddressInUse*|AddressAlreadyInUse|ResourceExists|*'
    }

    It 'test-cluster-<test>: a port without permission (<scheduling>)' -Skip:(-not $IsLinux -or (id -u) -eq 0) -ForEach @(
        @{ test = 'bind-privileged-port'; scheduling = 'RoundRobin' }
        @{ test = 'shared-handle-bind-privileged-port'; scheduling = 'Shared' }
    ) {
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { New-ClusterListener 42 -Scheduling $scheduling -ErrorAction Stop } @{ scheduling = $scheduling } } | Should -Throw 'AccessDenied*|AccessDenied|PermissionDenied|*'
    }

    It 'test-cluster-shared-handle-bind-error: with a shared socket too, and no event of listening' {
        $taken = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $taken.Start()
        try {
            $null = Start-PortMaster 1
            { Invoke-InWorker 1 { New-ClusterListener $port -Scheduling Shared -ErrorAction Stop } @{ port = $taken.LocalEndpoint.Port } } | Should -Throw 'AddressInUse*'
            Receive-ClusterEvent -Name Listening | Should -BeNullOrEmpty
        }
        finally {
            $taken.Stop()
        }
    }

    It 'test-cluster-eaccess: a socket path that another process holds; the error can be sent on as an object' -Skip:$IsWindows {
        $path = Join-Path ([System.IO.Path]::GetTempPath()) 'held.sock'
        $other = [System.Net.Sockets.Socket]::new([System.Net.Sockets.AddressFamily]::Unix, [System.Net.Sockets.SocketType]::Stream, [System.Net.Sockets.ProtocolType]::Unspecified)
        $other.Bind([System.Net.Sockets.UnixDomainSocketEndPoint]::new($path))
        $other.Listen()
        try {
            $null = Start-PortMaster 1
            $sent = Invoke-InWorker 1 { try { New-ClusterListener -Path $path -ErrorAction Stop } catch { $_ } } @{ path = $path }
            $sent.Id | Should -BeLike 'AddressInUse*'
            Test-Path $path | Should -BeTrue
        }
        finally {
            $other.Dispose()
            Remove-Item $path -ErrorAction Ignore
        }
    }

    It 'the file of a program that was killed does not keep the path' -Skip:$IsWindows {
        $path = Join-Path ([System.IO.Path]::GetTempPath()) 'stale.sock'
        $dead = [System.Net.Sockets.Socket]::new([System.Net.Sockets.AddressFamily]::Unix, [System.Net.Sockets.SocketType]::Stream, [System.Net.Sockets.ProtocolType]::Unspecified)
        $dead.Bind([System.Net.Sockets.UnixDomainSocketEndPoint]::new($path))
        $dead.Listen()
        # .NET removes the file of a socket that it closes; a killed process does not.
        Move-Item $path "$path.kept"
        $dead.Dispose()
        Move-Item "$path.kept" $path
        $null = Start-PortMaster 1
        $null = Invoke-InWorker 1 { $listener = New-ClusterListener -Path $path -ErrorAction Stop } @{ path = $path }
        (Connect-Port -Path $path).Dispose()
    }
}

Describe 'Listening again' {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10 }

    It 'test-cluster-eaddrinuse: when the port is free again, the same worker gets it' {
        $taken = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $taken.Start()
        $port = $taken.LocalEndpoint.Port
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { New-ClusterListener $port -ErrorAction Stop } @{ port = $port } } | Should -Throw 'AddressInUse*'
        $taken.Stop()
        Invoke-InWorker 1 { $listener = New-ClusterListener $port -ErrorAction Stop; $listener.Port } @{ port = $port } | Should -Be $port
        (Get-ClusterWorker).Endpoints | Should -Be "127.0.0.1:$port"
    }

    It 'test-cluster-child-index-net: listening on port 0, closing and listening again do not clash' {
        $null = Start-PortMaster 2
        $ports = 1..2 | ForEach-Object {
            Invoke-InWorker $_ {
                $first = New-ClusterListener 0 -ErrorAction Stop
                $second = New-ClusterListener 0 -ErrorAction Stop
                $first.Stop()
                $third = New-ClusterListener 0 -ErrorAction Stop
                , @($first.Port, $second.Port, $third.Port)
            }
        }
        # The n-th of one worker is the n-th of the other.
        $ports[1] | Should -Be $ports[4]
        $ports[2] | Should -Be $ports[5]
        $ports[0..2] | Sort-Object -Unique | Should -HaveCount 3
    }

    It 'test-cluster-port-reuse-between-workers: a port that the worker serves already is refused; closed, it can be had again' {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -ErrorAction Stop; $listener.Port }
        $null = Invoke-InWorker 2 { $listener = New-ClusterListener $port -ErrorAction Stop } @{ port = $port }
        { Invoke-InWorker 1 { New-ClusterListener $port -ErrorAction Stop } @{ port = $port } } | Should -Throw 'AddressInUse*'
        Invoke-InWorker 1 { $listener.Stop(); $again = New-ClusterListener $port -ErrorAction Stop; $again.Port } @{ port = $port } | Should -Be $port
    }

    It 'test-cluster-server-restart-<name>: the second worker stops listening and begins again' -ForEach @(
        @{ name = 'none'; scheduling = 'Shared' }
        @{ name = 'rr'; scheduling = 'RoundRobin' }
    ) {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -Scheduling $scheduling -ErrorAction Stop; $listener.Port } @{ scheduling = $scheduling }
        Invoke-InWorker 2 {
            $listener = New-ClusterListener $port -Scheduling $scheduling -ErrorAction Stop
            $listener.Stop()
            $listener = New-ClusterListener $port -Scheduling $scheduling -ErrorAction Stop
            $listener.Port
        } @{ port = $port; scheduling = $scheduling } | Should -Be $port
        Invoke-InWorker 1 { $listener.Stop() }
        $client = Connect-Port $port
        Invoke-InWorker 2 { $c = $listener.Accept(); $c.Stream.Write([byte[]](50)); $c.Close() }
        Read-ToEnd $client | Should -Be '2'
    }

    It 'a port is closed with its last listener, and its queue with it' {
        $null = Start-PortMaster 1
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -ErrorAction Stop; $listener.Port }
        Test-PortOpen $port | Should -BeTrue
        Invoke-InWorker 1 { $listener.Stop() }
        Wait-Until { -not (Test-PortOpen $port) }
        (Get-ClusterWorker).Endpoints | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
