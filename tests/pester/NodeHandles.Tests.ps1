# What Node's own tests pin about sockets and servers that are sent with messages, in the form it has here. Node's name of each
# test is in the title.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Sockets.psm1"
    $wait = @{ TimeoutSec = 30 }
    $serves = {
        Receive-WorkerMessage -Wait | ForEach-Object {
            $stream = [System.Net.Sockets.NetworkStream]::new($_.Handle, $true)
            $bytes = [System.Text.Encoding]::UTF8.GetBytes("$($_.Body) from $($ClusterWorker.Id);")
            $stream.Write($bytes, 0, $bytes.Length)
            $stream.Dispose()
        }
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Node: handles' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'send-handle-twice: the same socket may be sent twice' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            1..2 | ForEach-Object { (Receive-WorkerMessage -Count 1).Handle.Dispose() }
            Receive-WorkerMessage -Count 1
        }
        $pair = New-SocketPair
        Send-WorkerMessage first -Worker 1 -Handle $pair.Server -KeepHandle -Acknowledge @wait
        Send-WorkerMessage second -Worker 1 -Handle $pair.Server -Acknowledge @wait
        Read-Text $pair.Client | Should -BeNullOrEmpty
        Send-WorkerMessage end -Worker 1
        Wait-ClusterWorker 1 @wait
        (Get-ClusterWorker 1).ExitCode | Should -Be 0
        $pair.Client.Dispose()
    }

    It 'net-send: a worker sends its socket to the master, which reads the data from it' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $listener.Start()
            Send-WorkerMessage $listener.LocalEndpoint.Port -Topic port
            Send-WorkerMessage socket -Handle $listener.AcceptTcpClient()
            $listener.Stop()
        }
        $client = Connect-Port (Receive-WorkerMessage -Topic port -Count 1 @wait).Body
        Write-Text $client 'hello'
        $message = Receive-WorkerMessage -Count 1 @wait
        $message.Body | Should -BeExactly 'socket'
        $message.Handle | Should -BeOfType ([System.Net.Sockets.Socket])
        $buffer = [byte[]]::new(5)
        $message.Handle.ReceiveTimeout = 30000
        $message.Handle.Receive($buffer) | Should -Be 5
        [System.Text.Encoding]::ASCII.GetString($buffer) | Should -BeExactly 'hello'
        $message.Handle.Dispose()
        Read-Text $client | Should -BeNullOrEmpty
        $client.Dispose()
    }

    It 'send-handle-large-payload: 800,004 bytes together with a socket arrive whole, both ways' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $message = Receive-WorkerMessage -Count 1
            Send-WorkerMessage -Body $message.Body -Handle $message.Handle
        }
        $pair = New-SocketPair
        $large = 'x' * 800004
        Send-WorkerMessage $large -Worker 1 -Handle $pair.Server
        $back = Receive-WorkerMessage -Count 1 @wait
        $back.Body | Should -BeExactly $large
        $null = $back.Handle.Send([byte[]][char[]]'alive')
        $back.Handle.Dispose()
        Read-Text $pair.Client | Should -BeExactly 'alive'
        $pair.Client.Dispose()
    }

    It 'send-deadlock: sockets sent both ways at once do not wait for each other for ever' {
        $count = 300
        $null = Start-ClusterMaster -WorkerCount 1 -ArgumentList $count -ScriptBlock {
            param($Count)
            1..$Count | ForEach-Object { Send-WorkerMessage $_ -Handle ([System.Net.Sockets.UdpClient]::new(0)) }
            Receive-WorkerMessage -Count $Count | ForEach-Object { $_.Handle.Dispose() }
            Send-WorkerMessage done
        }
        1..$count | ForEach-Object { Send-WorkerMessage $_ -Worker 1 -Handle ([System.Net.Sockets.UdpClient]::new(0)) @wait }
        $received = Receive-WorkerMessage -Count ($count + 1) @wait
        $received[-1].Body | Should -BeExactly 'done'
        $received[0..($count - 1)].Body | Should -Be (1..$count)
        $received[0..($count - 1)].Handle | ForEach-Object {
            $_.ProtocolType | Should -Be 'Udp'
            $_.Dispose()
        }
    }

    It 'fork-net, fork-net-socket: connections are shared out, and each is served by the worker that has got it' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock $serves
        $answers = foreach ($id in 1, 2, 1, 2) {
            $pair = New-SocketPair
            Send-WorkerMessage hello -Worker $id -Handle $pair.Server
            Read-Text $pair.Client
            $pair.Client.Dispose()
        }
        $answers | Should -Be 'hello from 1;', 'hello from 2;', 'hello from 1;', 'hello from 2;'
    }

    It 'fork-net-server, net-listen-handle-in-cluster: a server is sent to a worker, which accepts on it without asking the master' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $listener = (Receive-WorkerMessage -Count 1).Handle
            foreach ($i in 1..2) {
                $connection = $listener.Accept()
                $null = $connection.Send([byte[]][char[]]"served $i")
                $connection.Dispose()
            }
            $listener.Dispose()
        }
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        Send-WorkerMessage server -Worker 1 -Handle $listener
        foreach ($i in 1..2) {
            $client = Connect-Port $port
            Read-Text $client | Should -BeExactly "served $i"
            $client.Dispose()
        }
        Wait-ClusterWorker 1 @wait
        (Get-ClusterWorker 1).Endpoints | Should -BeNullOrEmpty
        { Connect-Port $port } | Should -Throw
    }

    It 'fork-dgram: a socket of UDP is shared, and what comes in goes to either' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $socket = (Receive-WorkerMessage -Count 1).Handle
            $buffer = [byte[]]::new(100)
            $length = $socket.Receive($buffer)
            Send-WorkerMessage ([System.Text.Encoding]::ASCII.GetString($buffer, 0, $length))
        }
        $udp = [System.Net.Sockets.UdpClient]::new([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
        $target = $udp.Client.LocalEndPoint
        Send-WorkerMessage socket -Worker 1 -Handle $udp -KeepHandle
        $sender = [System.Net.Sockets.UdpClient]::new()
        $null = $sender.Send([byte[]][char[]]'first', 5, $target)
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -BeExactly 'first'
        Wait-ClusterWorker 1 @wait
        $null = $sender.Send([byte[]][char[]]'second', 6, $target)
        $udp.Client.ReceiveTimeout = 30000
        $from = $null
        $udp.Receive([ref] $from).Length | Should -Be 6
        $sender.Dispose()
        $udp.Dispose()
    }

    It 'send-keep-open: both sides write when the sender keeps its copy' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $serves
        $pair = New-SocketPair
        Write-Text $pair.Server 'master;'
        Send-WorkerMessage worker -Worker 1 -Handle $pair.Server.Client -KeepHandle -Acknowledge @wait
        Read-Text $pair.Client 21 | Should -BeExactly 'master;worker from 1;'
        $pair.Server.Client.SafeHandle.IsClosed | Should -BeFalse
        $pair.Server.Dispose()
        $pair.Client.Dispose()
    }

    It 'send-type-error: what is no socket is refused with what is taken: <name>' -ForEach @(
        @{ name = 'a text'; value = 'text' }
        @{ name = 'a number'; value = 5 }
        @{ name = 'a table'; value = @{ a = 1 } }
        @{ name = 'nothing'; value = $null }
    ) {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body } }
        { Send-WorkerMessage body -Worker 1 -Handle $value -ErrorAction Stop } |
            Should -Throw '*ClusterConnection, a ClusterListener, a Socket, a TcpClient, a TcpListener or a UdpClient.' -ErrorId 'HandleInvalid*'
        Send-WorkerMessage next -Worker 1
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -BeExactly 'next'
    }

    It 'disconnect-unshared-tcp, disconnect-unshared-udp: a worker without servers leaves while another holds a port: <name>' -ForEach @(
        @{ name = 'TCP'; udp = $false }
        @{ name = 'UDP'; udp = $true }
    ) {
        $null = Start-ClusterMaster -WorkerCount 2 -ArgumentList $udp -ScriptBlock {
            param($IsUdp)
            if ($ClusterWorker.Id -eq 1) {
                $listener = $IsUdp ? (New-ClusterListener 0 -Udp) : (New-ClusterListener 0)
                Send-WorkerMessage $listener.Port
            }
            Receive-WorkerMessage -Wait
        }
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -BeGreaterThan 0
        Stop-ClusterWorker 2
        Wait-ClusterWorker 2 @wait
        (Get-ClusterWorker 2).ExitCode | Should -Be 0
        (Get-ClusterWorker 1).Endpoints | Should -HaveCount 1
        Stop-ClusterWorker 1
        Wait-ClusterWorker 1 @wait
        (Get-ClusterWorker 1).ExitCode | Should -Be 0
    }
}
