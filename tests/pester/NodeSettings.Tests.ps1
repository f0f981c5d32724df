# B2 of the conformance list: what workers are started with. What changes for later workers is in Resize.Tests.ps1.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 60 }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'What a worker is started with' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-fork-stdio: another pipe works beside the channel, and the worker ends with 0' {
        $name = "spec-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $pipe = [System.IO.Pipes.NamedPipeServerStream]::new($name, 'InOut', 1, 'Byte', 'Asynchronous, CurrentUserOnly')
        try {
            $null = Start-ClusterMaster -WorkerCount 1 -ArgumentList $name -ScriptBlock {
                param($Name)
                $pipe = [System.IO.Pipes.NamedPipeClientStream]::new('.', $Name, 'InOut', 'CurrentUserOnly')
                $pipe.Connect(30000)
                $reader = [System.IO.StreamReader]::new($pipe)
                $writer = [System.IO.StreamWriter]::new($pipe)
                $writer.WriteLine("echo of $($reader.ReadLine())")
                $writer.Flush()
                $pipe.Dispose()
            }
            $pipe.WaitForConnectionAsync().Wait(30000) | Should -BeTrue
            $writer = [System.IO.StreamWriter]::new($pipe)
            $writer.WriteLine('data')
            $writer.Flush()
            [System.IO.StreamReader]::new($pipe).ReadLine() | Should -Be 'echo of data'
            Receive-WorkerMessage -Wait | Should -BeNullOrEmpty
            (Get-ClusterWorker 1).ExitCode | Should -Be 0
        }
        finally {
            $pipe.Dispose()
        }
    }

    It 'test-cluster-fork-windowsHide: a worker has no window' {
        $null = Start-ClusterMaster -WorkerCount 1
        [System.Diagnostics.Process]::GetProcessById((Get-ClusterWorker).ProcessId).MainWindowHandle | Should -Be ([System.IntPtr]::Zero)
        $worker = Get-ClusterWorker
        Stop-ClusterMaster
        $worker.ExitCode | Should -Be 0
    }

    It 'test-cluster-inspect-brk: a worker that waits in the debugger is ended by SIGTERM, and by a stop' -Skip:([bool] $IsWindows) {
        $null = Start-ClusterMaster -WorkerCount 2 -RestartPolicy Never -ArgumentList "$TestDrive" -ScriptBlock {
            param($Folder)
            $debugger = [runspace]::DefaultRunspace.Debugger
            $debugger.SetDebugMode('LocalScript')
            $debugger.add_DebuggerStop({
                    [System.IO.File]::WriteAllText("$Folder/stopped-$($ClusterWorker.Id)", '')
                    [System.Threading.Thread]::Sleep(600000)
                })
            $null = $debugger.SetCommandBreakpoint('Get-Item', $null, [NullString]::Value)
            Get-Item .
        }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while (@(Get-ChildItem $TestDrive -Filter 'stopped-*').Count -lt 2 -and $clock.Elapsed.TotalSeconds -lt 30) { Start-Sleep -Milliseconds 20 }
        @(Get-ChildItem $TestDrive -Filter 'stopped-*') | Should -HaveCount 2
        $first, $second = Get-ClusterWorker
        Send-ProcessSignal $first.ProcessId TERM
        $null = $first | Wait-ClusterWorker @wait
        $first.Signal | Should -Be 'SIGTERM'
        $second | Stop-ClusterWorker -DrainTimeoutSec 0.1
        $second.State | Should -Be 'Exited'
        Test-ProcessAlive $second.ProcessId | Should -BeFalse
    }

    It 'test-cluster-advanced-serialization: an object that holds itself is refused with the way to it' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
        $circular = @{ name = 'x' }
        $circular.inner = @{ outer = $circular }
        { Send-WorkerMessage $circular -All -ErrorAction Stop } | Should -Throw -ErrorId 'BodyNotSerializable,*' -ExpectedMessage '*inner*outer*'
    }

    It 'test-cluster-uncaught-exception: the exit code of the master''s own error handler is the one that counts' {
        $script = Join-Path $TestDrive 'uncaught.ps1'
        Set-Content -LiteralPath $script -Value @'
param($Module)
trap { exit 42 }
Import-Module $Module
$null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
[System.Console]::Out.WriteLine((Get-ClusterWorker).ProcessId)
throw 'nobody catches this but the trap'
'@
        $master = Start-HostScript $script -ArgumentList (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
        try {
            $id = [int] (Read-HostScript $master)
            $master.Process.WaitForExit(30000) | Should -BeTrue
            $master.Process.ExitCode | Should -Be 42
            (Wait-ProcessEnd $id)[$id] | Should -Not -BeNullOrEmpty
        }
        finally {
            Stop-HostScript $master
        }
    }
}

Describe 'A worker without servers' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-disconnect-unshared-<protocol>: can leave while another holds a port' -ForEach @{ protocol = 'tcp' }, @{ protocol = 'udp' } {
        $null = Start-ClusterMaster -WorkerCount 2 -ArgumentList $protocol -ScriptBlock {
            param($Protocol)
            if ($ClusterWorker.Slot -eq 0) {
                if ($Protocol -eq 'tcp') {
                    $server = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
                    $server.Start()
                }
                else {
                    $server = [System.Net.Sockets.UdpClient]::new([System.Net.IPEndPoint]::new([System.Net.IPAddress]::Loopback, 0))
                }
                Send-WorkerMessage 'bound'
            }
            Receive-WorkerMessage -Wait
            $server?.Dispose()
        }
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'bound'
        $holder, $other = Get-ClusterWorker
        $other | Stop-ClusterWorker
        $other.ExitCode | Should -Be 0
        $other.ExitReason | Should -Be 'Stopped'
        $holder.State | Should -Be 'Ready'
        $holder | Stop-ClusterWorker
        $holder.ExitCode | Should -Be 0
    }
}
