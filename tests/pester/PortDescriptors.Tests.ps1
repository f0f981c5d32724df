# No descriptor is left over in the master or its workers, whatever connections and reloads do; and what is open is closed in children.
# In a process of its own: what other files have left for the collector would be measured.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    function Get-DescriptorCount([int] $Id) { [System.IO.Directory]::GetFileSystemEntries("/proc/$Id/fd").Count }

    # A client that opens and closes many connections, off the pipeline.
    Add-Type -Namespace Specs -Name PortFlood -MemberDefinition @'
        public static int Run(int port, int count)
        {
            var answered = 0;
            System.Threading.Tasks.Parallel.For(0, 8, part =>
            {
                var buffer = new byte[16];
                for (var i = part; i < count; i += 8)
                {
                    using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                    socket.Connect(System.Net.IPAddress.Loopback, port);
                    socket.Send(new byte[] { 1 });
                    if (socket.Receive(buffer) == 1 && socket.Receive(buffer) == 0)
                    {
                        System.Threading.Interlocked.Increment(ref answered);
                    }
                }
            });
            return answered;
        }
'@

    $serve = {
        $listener = New-ClusterListener 0 -ErrorAction Stop
        Send-WorkerMessage $listener.Port
        $buffer = [byte[]]::new(16)
        while ($connection = $listener.Accept()) {
            $null = $connection.Socket.Receive($buffer)
            $null = $connection.Socket.Send($buffer, 1, 'None')
            $connection.Close()
        }
    }
}

Describe 'Descriptors' -Skip:(-not $IsLinux) {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -Force }

    It '10,000 connections leave none in the master or in a worker' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock $serve
        $port = Receive-WorkerMessage -Count 2 -TimeoutSec 30 -ExpandBody | Select-Object -First 1
        [Specs.PortFlood]::Run($port, 1000) | Should -Be 1000
        $workers = Get-ClusterWorker
        Wait-Until { (Get-ClusterMetric -Name cluster.connection.handed_over | Measure-Object Value -Sum).Sum -eq 1000 }
        $before = @($PID; $workers.ProcessId) | ForEach-Object { Get-DescriptorCount $_ }
        [Specs.PortFlood]::Run($port, 9000) | Should -Be 9000

        # Some are open by chance at every look: those of the pool's threads and of assemblies.
        $after = @($PID; $workers.ProcessId) | ForEach-Object { Get-DescriptorCount $_ }
        foreach ($index in 0..2) { $after[$index] - $before[$index] | Should -BeLessThan 10 }
        $counts = (Get-ClusterMetric -Name cluster.connection.handed_over).Value
        [Math]::Abs($counts[0] - $counts[1]) | Should -BeLessThan (0.05 * 10000)
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 0
    }

    It '6 reloads under connections leave none in the master, and every connection is answered' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock $serve
        $port = Receive-WorkerMessage -Count 2 -TimeoutSec 30 -ExpandBody | Select-Object -First 1
        $null = Get-ClusterWorker | Restart-ClusterWorker
        [Specs.PortFlood]::Run($port, 100) | Should -Be 100
        $before = Get-DescriptorCount $PID
        $flood = [System.Threading.Tasks.Task]::Run([Func[int]] ([System.Linq.Expressions.Expression]::Lambda([Func[int]],
            [System.Linq.Expressions.Expression]::Call([Specs.PortFlood].GetMethod('Run'), [System.Linq.Expressions.Expression]::Constant([int] $port), [System.Linq.Expressions.Expression]::Constant(12000)))).Compile())
        foreach ($round in 1..3) { $null = Get-ClusterWorker | Restart-ClusterWorker }
        $flood.GetAwaiter().GetResult() | Should -Be 12000
        Get-DescriptorCount $PID | Should -BeLessThan ($before + 10)
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 0
    }

    It 'a program that a worker starts has neither its ports nor its connections' {
        $null = Start-PortMaster 1
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -ErrorAction Stop; $own = New-ClusterListener 0 -Exclusive -ErrorAction Stop; $listener.Port }
        $client = Connect-Port $port
        try {
            Invoke-InWorker 1 { $connection = $listener.Accept(); @(/bin/ls -l /proc/self/fd | Select-String 'socket:').Count } | Should -Be 0
        }
        finally {
            $client.Dispose()
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
