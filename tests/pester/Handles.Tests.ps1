# Sockets that are sent with messages: who may get one, what becomes of it when nobody reads it, and that none is left over.

BeforeDiscovery {
    $skipProc = -not $IsLinux
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Sockets.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"

    function Invoke-Worker([scriptblock] $Script, $Worker = 1) {
        Send-WorkerMessage "$Script" -Topic run -Worker $Worker
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'A connection of a listener' {
    BeforeEach {
        $cluster = Start-ClusterMaster -WorkerCount 1 $obeys
    }

    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'goes on where it was sent, and counts as closed for its listener' {
        Invoke-Worker {
            $listener = New-ClusterListener 0
            Send-WorkerMessage $listener.Port
            Send-WorkerMessage connection -Handle $listener.Accept() -Acknowledge
            Send-WorkerMessage $listener.OpenConnections
        }
        $client = Connect-Port (Receive-WorkerMessage -Count 1 @wait).Body
        $message, $open = Receive-WorkerMessage -Count 2 @wait
        $open.Body | Should -Be 0
        $null = $message.Handle.Send([byte[]][char[]]'here')
        $message.Handle.Dispose()
        Read-Text $client | Should -BeExactly 'here'
        $client.Dispose()
    }

    It 'stays with its worker too when that keeps it' {
        Invoke-Worker {
            $listener = New-ClusterListener 0
            Send-WorkerMessage $listener.Port
            $connection = $listener.Accept()
            Send-WorkerMessage connection -Handle $connection -KeepHandle -Acknowledge
            $connection.Stream.Write([byte[]](66))
            Send-WorkerMessage $listener.OpenConnections
            $connection.Close()
        }
        $client = Connect-Port (Receive-WorkerMessage -Count 1 @wait).Body
        $message = Receive-WorkerMessage -Count 1 @wait
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -Be 1
        $message.Handle.Dispose()
        Read-Text $client | Should -BeExactly 'B'
        $client.Dispose()
    }

    It 'can be sent, the listener that the master accepts for cannot' {
        Invoke-Worker {
            $listener = New-ClusterListener 0
            try { Send-WorkerMessage listener -Handle $listener -ErrorAction Stop } catch { Send-WorkerMessage "$($_.FullyQualifiedErrorId): $_" }
            Send-WorkerMessage $listener.IsListening
        }
        $message, $listening = Receive-WorkerMessage -Count 2 @wait
        $message.Body | Should -BeLike 'HandleInvalid*: The master accepts the connections of *-Scheduling Shared*'
        $listening.Body | Should -BeTrue
    }

    It 'an exclusive listener is given to the master, which accepts from then on' {
        Invoke-Worker {
            $listener = New-ClusterListener 0 -Exclusive
            Send-WorkerMessage $listener.Port -Handle $listener
            Send-WorkerMessage $listener.IsListening
        }
        $message, $listening = Receive-WorkerMessage -Count 2 @wait
        $listening.Body | Should -BeFalse
        $client = Connect-Port $message.Body
        $accepted = $message.Handle.Accept()
        $null = $accepted.Send([byte[]](67))
        $accepted.Dispose()
        Read-Text $client | Should -BeExactly 'C'
        $message.Handle.Dispose()
        $client.Dispose()
    }
}

Describe 'A socket' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'waits with its message for a worker that is still being started' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock {
            $message = Receive-WorkerMessage -Count 1
            $null = $message.Handle.Send([byte[]](65))
            $message.Handle.Dispose()
        }
        $pair = New-SocketPair
        Send-WorkerMessage early -Worker 1 -Handle $pair.Server @wait
        Read-Text $pair.Client | Should -BeExactly 'A'
        $pair.Client.Dispose()
    }

    It 'goes to any worker, and to the next when the first ends without reading it' -Skip:$IsWindows {
        $null = Start-ClusterMaster -WorkerCount 2 -RestartPolicy Never -HeartbeatTimeoutSec 2 -ScriptBlock {
            (Receive-WorkerMessage -Topic first -Count 1).Handle.Dispose()
            $message = Receive-WorkerMessage -Topic work -Count 1
            $null = $message.Handle.Send([byte[]](65 + $ClusterWorker.Id))
            $message.Handle.Dispose()
        }
        1..2 | ForEach-Object { Send-WorkerMessage first -Topic first -Worker $_ -Handle ([System.Net.Sockets.UdpClient]::new(0)) -Acknowledge @wait }
        Send-WorkerMessage ballast -Topic ballast -Worker 2

        # It gets the message, as the one that has less to do, and is killed some time later as one that hangs.
        Send-ProcessSignal (Get-ClusterWorker 1).ProcessId STOP
        $pair = New-SocketPair
        Send-WorkerMessage work -Topic work -Any -Handle $pair.Server -Acknowledge @wait
        Read-Text $pair.Client | Should -BeExactly 'C'
        (Get-ClusterWorker 1).ExitReason | Should -Be 'Hung'
        $pair.Client.Dispose()
    }

    It 'comes with the event Message too' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        try {
            $pair = New-SocketPair
            Send-WorkerMessage body -Worker 1 -Handle $pair.Server
            Invoke-Worker { Send-WorkerMessage again -Handle ([System.Net.Sockets.UdpClient]::new(0)) }
            $found = 1..2 | ForEach-Object {
                $happened = Wait-Event arrived -Timeout 30
                Remove-Event -EventIdentifier $happened.EventIdentifier
                $happened.SourceEventArgs.Message
            }
            $message = $found | Where-Object Body -EQ again
            $message.Handle.ProtocolType | Should -Be 'Udp'
            $message.Handle.Dispose()
            $pair.Client.Dispose()
        }
        finally {
            Unregister-Event arrived -Force
        }
    }

    It 'is closed when only the body of its message is read' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Count 1 -ExpandBody; Receive-WorkerMessage -Count 1 }
        $pair = New-SocketPair
        Send-WorkerMessage body -Worker 1 -Handle $pair.Server
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -BeExactly 'body'
        Read-Text $pair.Client | Should -BeNullOrEmpty
        $pair.Client.Dispose()
    }

    It 'is kept by a sender whose message was not delivered' {
        $null = Start-ClusterMaster -WorkerCount 1 -QueueLimit 1 -ScriptBlock {
            $null = Receive-WorkerMessage -Topic go -Count 1
            Receive-WorkerMessage -Wait | ForEach-Object { if ($_.Handle) { $_.Handle.Dispose() }; Send-WorkerMessage $_.Body }
        }
        Send-WorkerMessage full -Worker 1
        $pair = New-SocketPair
        Send-WorkerMessage more -Worker 1 -Handle $pair.Server -TimeoutSec 0.2 -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'SendTimeout*'
        Write-Text $pair.Server 'still here'
        Read-Text $pair.Client 10 | Should -BeExactly 'still here'
        $pair.Server.Dispose()

        # The worker has closed its copy, though it reads nothing.
        Read-Text $pair.Client | Should -BeNullOrEmpty
        $pair.Client.Dispose()
    }

    It 'has one receiver: <name>' -ForEach @(
        @{ name = 'not all'; target = @{ All = $true } }
        @{ name = 'not several'; target = @{ Worker = 1, 2 } }
        @{ name = 'not several by wildcards'; target = @{ Worker = '*' } }
    ) {
        $null = Start-ClusterMaster -WorkerCount 2 $obeys
        $pair = New-SocketPair
        { Send-WorkerMessage body @target -Handle $pair.Server -ErrorAction Stop } | Should -Throw -ErrorId 'HandleTargetInvalid*'
        Write-Text $pair.Server 'open'
        Read-Text $pair.Client 4 | Should -BeExactly 'open'
        $pair.Server.Dispose()
        $pair.Client.Dispose()
    }

    It 'goes to no sibling, and with no answer' {
        $null = Start-ClusterMaster -WorkerCount 2 $obeys
        Invoke-Worker {
            $socket = [System.Net.Sockets.UdpClient]::new(0)
            try { Send-WorkerMessage body -Worker 2 -Handle $socket -ErrorAction Stop } catch { Send-WorkerMessage "$_" }
            $socket.Dispose()
        }
        (Receive-WorkerMessage -Count 1 @wait).Body | Should -BeLike '*A sibling gets none*'
        $job = Invoke-WorkerRequest question -Worker 1 @wait
        $job | Should -BeExactly 'question'
        Invoke-Worker {
            $null = Invoke-WorkerRequest asks
        }
        $request = Receive-WorkerMessage -Count 1 @wait
        $pair = New-SocketPair
        { Send-WorkerMessage -ReplyTo $request -Body answer -Handle $pair.Server -ErrorAction Stop } | Should -Throw -ErrorId 'HandleTargetInvalid*'
        Send-WorkerMessage -ReplyTo $request -Body answer
        $pair.Server.Dispose()
        $pair.Client.Dispose()
    }

    It 'that is closed already is refused' {
        $null = Start-ClusterMaster -WorkerCount 1 $obeys
        $pair = New-SocketPair
        $pair.Server.Dispose()
        { Send-WorkerMessage body -Worker 1 -Handle $pair.Server -ErrorAction Stop } | Should -Throw '*is closed.' -ErrorId 'HandleInvalid*'
        $pair.Client.Dispose()
    }

    It 'of Unix that listens is sent only when the sender keeps it' -Skip:$IsWindows {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $connection = (Receive-WorkerMessage -Count 1).Handle.Accept()
            $null = $connection.Send([byte[]](85))
            $connection.Dispose()
        }
        $path = Join-Path ([System.IO.Path]::GetTempPath()) "$([guid]::NewGuid().ToString('N').Substring(0, 12)).sock"
        $point = [System.Net.Sockets.UnixDomainSocketEndPoint]::new($path)
        $listener = [System.Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $listener.Bind($point)
        $listener.Listen()
        { Send-WorkerMessage body -Worker 1 -Handle $listener -ErrorAction Stop } | Should -Throw '*-KeepHandle.' -ErrorId 'HandleInvalid*'
        Send-WorkerMessage body -Worker 1 -Handle $listener -KeepHandle
        $client = [System.Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $client.Connect($point)
        $client.ReceiveTimeout = 30000
        $buffer = [byte[]]::new(1)
        $client.Receive($buffer) | Should -Be 1
        $client.Dispose()
        $listener.Dispose()
    }
}

Describe 'A socket that nobody reads' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'is closed with its worker; the message is reported as lost' {
        $null = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock { $null = Receive-WorkerMessage -Topic never -Count 1 }
        $pair = New-SocketPair
        Send-WorkerMessage lost -Worker 1 -Handle $pair.Server
        Stop-ClusterWorker 1 -Force
        Read-Text $pair.Client | Should -BeNullOrEmpty
        Wait-ClusterWorker 1 @wait
        $lost = Receive-ClusterEvent MessagesLost -Count 1 @wait
        $lost.Messages.Body | Should -BeExactly 'lost'
        $lost.Messages[0].Handle | Should -BeNullOrEmpty
        $pair.Client.Dispose()
    }

    It 'of a worker that has gone is still there for the reader of its message' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $socket = [System.Net.Sockets.UdpClient]::new([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
            Send-WorkerMessage $socket.Client.LocalEndPoint.Port -Handle $socket
        }
        Wait-ClusterWorker 1 @wait
        $message = Receive-WorkerMessage -Count 1 @wait
        $message.Handle.LocalEndPoint.Port | Should -Be $message.Body
        $message.Handle.Dispose()
    }

    It 'is closed when the master stops; its message then says that it is lost' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
            $listener.Start()
            Send-WorkerMessage $listener.LocalEndpoint.Port -Topic port
            Send-WorkerMessage connection -Handle $listener.AcceptTcpClient()
        }
        $client = Connect-Port (Receive-WorkerMessage -Topic port -Count 1 @wait).Body
        Wait-ClusterWorker 1 @wait
        Stop-ClusterMaster $cluster
        Read-Text $client | Should -BeNullOrEmpty
        Receive-WorkerMessage -Master $cluster -ErrorAction SilentlyContinue -ErrorVariable failures | Should -BeNullOrEmpty
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'HandleLost*'
        $client.Dispose()
    }
}

Describe 'A thousand sockets' -Skip:$skipProc {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'leave no descriptor behind, in neither process and neither way' {
        $cluster = Start-ClusterMaster -WorkerCount 1 $obeys
        $id = (Get-ClusterWorker 1).ProcessId
        $round = {
            param($Count)
            1..$Count | ForEach-Object { Send-WorkerMessage take -Topic run -Worker 1 -Handle ([System.Net.Sockets.UdpClient]::new(0)) @wait }
        }
        Invoke-Worker { function take { $message.Handle.Dispose() } }
        & $round 1
        Invoke-Worker { Send-WorkerMessage one -Handle ([System.Net.Sockets.UdpClient]::new(0)) }
        (Receive-WorkerMessage -Count 1 @wait).Handle.Dispose()
        $master, $worker = (Get-SocketCount), (Get-SocketCount $id)
        & $round 1000
        Invoke-Worker { 1..1000 | ForEach-Object { Send-WorkerMessage $_ -Handle ([System.Net.Sockets.UdpClient]::new(0)) } }
        Receive-WorkerMessage -Count 1000 @wait | ForEach-Object { $_.Handle.Dispose() }
        Get-SocketCount | Should -Be $master
        Get-SocketCount $id | Should -Be $worker
    }

    It 'that a killed worker has not read are closed' {
        $before = Get-SocketCount
        $null = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock {
            1..500 | ForEach-Object { Send-WorkerMessage $_ -Handle ([System.Net.Sockets.UdpClient]::new(0)) }
            $null = Receive-WorkerMessage -Topic never -Count 1
        }
        1..500 | ForEach-Object { Send-WorkerMessage $_ -Worker 1 -Handle ([System.Net.Sockets.UdpClient]::new(0)) @wait }
        Receive-WorkerMessage -Count 100 @wait | ForEach-Object { $_.Handle.Dispose() }
        Stop-ClusterWorker 1 -Force
        Wait-ClusterWorker 1 @wait
        Get-ClusterMaster | Stop-ClusterMaster
        Get-SocketCount | Should -Be $before
    }
}
