# B8 of the conformance list: UDP.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
}

Describe 'UDP' {
    AfterEach {
        if ($client) { $client.Dispose() }
        Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10
    }

    It 'test-cluster-dgram-1: four workers share a port, and get everything that is sent' {
        $null = Start-ClusterMaster -WorkerCount 4 -ScriptBlock {
            $listener = New-ClusterListener 0 -Udp -ErrorAction Stop
            Send-WorkerMessage $listener.Port -Topic port
            while ($datagram = $listener.Receive()) { Send-WorkerMessage ([System.Text.Encoding]::ASCII.GetString($datagram.Bytes)) -Topic data }
        }
        $port = Receive-WorkerMessage -Count 4 -TimeoutSec 30 -Topic port -ExpandBody | Sort-Object -Unique
        @($port).Count | Should -Be 1
        $client = [System.Net.Sockets.UdpClient]::new()
        foreach ($number in 1..40) {
            $bytes = [System.Text.Encoding]::ASCII.GetBytes("$number")
            $null = $client.Send($bytes, $bytes.Length, '127.0.0.1', $port)
        }
        Receive-WorkerMessage -Count 40 -TimeoutSec 30 -Topic data -ExpandBody | Sort-Object { [int]$_ } | Should -Be (1..40)
        (Get-ClusterWorker).Endpoints | Sort-Object -Unique | Should -Be "udp://127.0.0.1:$port"
    }

    It 'test-cluster-dgram-2: workers send from the socket that they share' {
        $client = [System.Net.Sockets.UdpClient]::new([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
        $client.Client.ReceiveTimeout = 30000
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -Udp -ErrorAction Stop; $listener.Port }
        $null = Invoke-InWorker 2 { $listener = New-ClusterListener $port -Udp -ErrorAction Stop } @{ port = $port }
        $heard = foreach ($id in 1, 2) {
            $null = Invoke-InWorker $id { $listener.Send([byte[]]($ClusterWorker.Id), [System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, $to)) } @{ to = $client.Client.LocalEndPoint.Port }
            $from = [System.Net.IPEndPoint]::new([System.Net.IPAddress]::Any, 0)
            "$($client.Receive([ref] $from)) from $($from.Port)"
        }
        $heard | Should -Be "1 from $port", "2 from $port"
    }

    It 'test-cluster-dgram-ipv6only: IPv6 alone and IPv4 on the same port' {
        $null = Start-PortMaster 1
        $port = Invoke-InWorker 1 { $six = New-ClusterListener 0 -Address '::' -IPv6Only -Udp -ErrorAction Stop; $six.Port }
        Invoke-InWorker 1 { $four = New-ClusterListener $port -Address 0.0.0.0 -Udp -ErrorAction Stop; $four.Port } @{ port = $port } | Should -Be $port
    }

    It 'test-dgram-bind-shared-ports-after-port-0: a port that was got by asking for 0 can be asked for by its number' {
        # A known defect of Node's.
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -Udp -ErrorAction Stop; $listener.Port }
        Invoke-InWorker 2 { $listener = New-ClusterListener $port -Udp -ErrorAction Stop; $listener.Port } @{ port = $port } | Should -Be $port
    }

    It 'test-cluster-dgram-bind-error: the error of the system reaches the worker, and the next attempt works' {
        $taken = [System.Net.Sockets.UdpClient]::new([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
        $port = $taken.Client.LocalEndPoint.Port
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { New-ClusterListener $port -Udp -ErrorAction Stop } @{ port = $port } } | Should -Throw 'AddressInUse*|AddressAlreadyInUse|*'
        $taken.Dispose()
        Invoke-InWorker 1 { $listener = New-ClusterListener $port -Udp -ErrorAction Stop; $listener.Port } @{ port = $port } | Should -Be $port
    }

    It 'test-dgram-cluster-close-in-listening: closed at once, it lets the worker exit' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { (New-ClusterListener 0 -Udp -ErrorAction Stop).Stop() }
        $worker = Get-ClusterWorker -IncludeExited
        $null = $worker | Wait-ClusterWorker -TimeoutSec 30
        $worker.ExitCode | Should -Be 0
    }

    It 'test-dgram-unref-in-cluster: one in the background does not keep the worker alive' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { $null = New-ClusterListener 0 -Udp -Background -ErrorAction Stop }
        $worker = Get-ClusterWorker -IncludeExited
        $null = $worker | Wait-ClusterWorker -TimeoutSec 30
        $worker.ExitCode | Should -Be 0
    }

    It 'test-dgram-exclusive-implicit-bind: an exclusive port is refused to the second worker' {
        $null = Start-PortMaster 2
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -Udp -Exclusive -ErrorAction Stop; $listener.Port }
        { Invoke-InWorker 2 { New-ClusterListener $port -Udp -Exclusive -ErrorAction Stop } @{ port = $port } } | Should -Throw 'AddressInUse*'
    }

    It 'what has no connections says so, and what has them too' {
        $null = Start-PortMaster 1
        { Invoke-InWorker 1 { $udp = New-ClusterListener 0 -Udp -ErrorAction Stop; $udp | Receive-ClusterConnection -ErrorAction Stop } } | Should -Throw '*Receive*'
        { Invoke-InWorker 1 { $tcp = New-ClusterListener 0 -ErrorAction Stop; $tcp.Receive() } } | Should -Throw '*Accept*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
