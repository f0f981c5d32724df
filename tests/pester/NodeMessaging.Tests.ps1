# What Node's own tests of cluster and child_process pin about messages, in the form it has here. Node's name of each test
# is in the title.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Puppet.psm1"
    $wait = @{ TimeoutSec = 30 }
    $echo = { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -Body $_.Body } }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Node: cluster' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'message: a text goes both ways, and is seen with the right worker' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            Send-WorkerMessage "hello from $($ClusterWorker.Id)"
            $message = Receive-WorkerMessage -Count 1
            Send-WorkerMessage "received $($message.Body)"
        }
        $first = Receive-WorkerMessage -Count 2 @wait
        foreach ($message in $first) {
            $message.Body | Should -BeExactly "hello from $($message.WorkerId)"
            Send-WorkerMessage "hello, worker $($message.WorkerId)" -Worker $message.WorkerId
        }
        $first.WorkerId | Sort-Object | Should -Be 1, 2
        $second = Receive-WorkerMessage -Wait @wait
        $second.WorkerId | Sort-Object | Should -Be 1, 2
        foreach ($message in $second) {
            $message.Body | Should -BeExactly "received hello, worker $($message.WorkerId)"
            $message.ProcessId | Should -Be (Get-ClusterWorker $message.WorkerId).ProcessId
        }
    }

    It 'invalid-message: an object that looks like the inside of a protocol is a message like any other' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Count 3 | ForEach-Object { Send-WorkerMessage -Body $_.Body }
            Stop-ClusterWorker
        }
        $bodies = @{ cmd = 'NODE_CLUSTER'; ack = -1 }, @{ outcome = 0; exitCode = 1; error = $null }, @{ version = 1; kind = 8 }
        $bodies | Send-WorkerMessage -Any
        $back = Receive-WorkerMessage -Wait -ExpandBody @wait
        $back | Should -HaveCount 3
        $back[0].ack | Should -Be -1
        $back[1].exitCode | Should -Be 1
        $back[2].kind | Should -Be 8
        $null = Wait-ClusterWorker 1 @wait
        (Get-ClusterWorker 1).ExitCode | Should -Be 0
        (Get-ClusterWorker 1).ExitedAfterDisconnect | Should -BeTrue
    }

    It 'ipc-throw: a worker that leaves while it handles an error and then throws ends once, with that error' {
        $taken = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $taken.Start()
        try {
            $null = Start-ClusterMaster -WorkerCount 1 -ArgumentList $taken.LocalEndpoint.Port -ScriptBlock {
                param($Port)
                $null = Receive-WorkerMessage -Count 1
                try {
                    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, $Port)
                    $listener.Start()
                }
                catch {
                    Stop-ClusterWorker
                    throw 'thrown while leaving'
                }
            }
            Send-WorkerMessage go -Any
            $null = Receive-WorkerMessage -Wait @wait -ErrorAction SilentlyContinue -ErrorVariable failures
            "$failures" | Should -Be 'thrown while leaving'
            $null = Wait-ClusterWorker 1 @wait
            "$((Get-ClusterWorker 1).LastError)" | Should -Be 'thrown while leaving'
            (Receive-ClusterEvent -Name Exit).Count | Should -Be 1
        }
        finally {
            $taken.Stop()
        }
    }

    It 'send-deadlock: both sides send as much as the queue holds before they read, and nobody waits for ever' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            foreach ($i in 1..4) { Send-WorkerMessage -Body ([byte[]]::new(4MB)) }
            $sizes = @(Receive-WorkerMessage -Count 4 | ForEach-Object { $_.Body.Length })
            Send-WorkerMessage -Body $sizes
        }
        foreach ($i in 1..4) { Send-WorkerMessage -Body ([byte[]]::new(4MB)) -All @wait -ErrorAction Stop }
        foreach ($id in 1, 2) {
            $messages = @(Receive-WorkerMessage -Worker $id -Count 5 @wait)
            $messages[0..3] | ForEach-Object { $_.Body.Length } | Should -Be 4MB, 4MB, 4MB, 4MB
            $messages[4].Body | Should -Be 4MB, 4MB, 4MB, 4MB
        }
    }

    It 'send-deadlock: one message each way, larger than the queue, at the same time' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Send-WorkerMessage -Body ([byte[]]::new(50MB))
            Send-WorkerMessage -Body (Receive-WorkerMessage -Count 1).Body.Length
        }
        Send-WorkerMessage -Body ([byte[]]::new(50MB)) -Any @wait -ErrorAction Stop
        $messages = @(Receive-WorkerMessage -Count 2 -TimeoutSec 60)
        $messages[0].Body.Length | Should -Be 50MB
        $messages[1].Body | Should -Be 50MB
    }
}

Describe 'Node: child_process' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'send-returns-boolean: sends go through, are refused at a full queue, and go through again after it was read' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            # The sign to read comes by a pipe of its own, since the queue is full by then.
            $gate = [System.IO.Pipes.NamedPipeClientStream]::new('.', $env:GATE, 'InOut', 'Asynchronous, CurrentUserOnly')
            Send-WorkerMessage ready
            $gate.Connect(30000)
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -Body $_.Body }
        } -Environment @{ GATE = ($name = "gate-$([guid]::NewGuid().ToString('N').Substring(0, 12))") }
        $null = Receive-WorkerMessage -Count 1 @wait
        1..1000 | Send-WorkerMessage -Any -TimeoutSec 0 -ErrorAction Stop
        Send-WorkerMessage refused -Any -TimeoutSec 0 -ErrorAction SilentlyContinue -ErrorVariable refusals
        $refusals[0].FullyQualifiedErrorId | Should -BeLike 'SendTimeout,*'
        $gate = [System.IO.Pipes.NamedPipeServerStream]::new($name, 'InOut', 1, 'Byte', 'Asynchronous, CurrentUserOnly')
        try {
            $gate.WaitForConnectionAsync().Wait(30000) | Should -BeTrue
            $bodies = @(Receive-WorkerMessage -Count 1000 -ExpandBody @wait)
            1001..1500 | Send-WorkerMessage -Any @wait -ErrorAction Stop
            $bodies += @(Receive-WorkerMessage -Count 500 -ExpandBody @wait)
            "$bodies" | Should -Be "$(1..1500)"
        }
        finally {
            $gate.Dispose()
        }
    }

    It 'send-after-close: a message to a worker whose channel has closed is an error that can be caught, every time' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { $null = Receive-WorkerMessage -Count 1 }
        $worker = Get-ClusterWorker 1
        Send-WorkerMessage bye -Worker $worker
        $null = Wait-ClusterWorker $worker @wait
        $worker.IsConnected | Should -BeFalse
        foreach ($i in 1..3) {
            Send-WorkerMessage late -Worker $worker -ErrorAction SilentlyContinue -ErrorVariable failures
            $failures | Should -HaveCount 1
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'WorkerExited,*'
        }
        { Send-WorkerMessage late -Worker $worker -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
    }

    It 'send-utf8: 800 KB of multi-byte text arrive intact, both ways' {
        $text = (-join ([char] 0xDF, [char] 0x4F60, [char]::ConvertFromUtf32(0x1F600), 'a', [char] 0x5D0)) * 70000
        [System.Text.Encoding]::UTF8.GetByteCount($text) | Should -BeGreaterThan 800KB
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $echo
        Send-WorkerMessage $text -Any
        $back = Receive-WorkerMessage -Count 1 -ExpandBody @wait
        [string]::Equals($back, $text) | Should -BeTrue
    }

    It 'ipc-next-tick: an error in the handler of a message does not lose the following ones' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $echo
        1..5 | Send-WorkerMessage -Any
        $handled = [System.Collections.Generic.List[object]]::new()
        foreach ($i in 1..5) {
            {
                Receive-WorkerMessage -Wait -ExpandBody @wait | ForEach-Object {
                    $handled.Add($_)
                    throw "in the handler of $_"
                }
            } | Should -Throw "in the handler of $i"
        }
        $handled | Should -Be (1..5)
    }

    It 'ipc-next-tick: nor does it in a worker' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            while ($true) {
                try {
                    Receive-WorkerMessage -Wait | ForEach-Object { throw "in the handler of $($_.Body)" }
                    break
                }
                catch {
                    Send-WorkerMessage "$_"
                }
            }
        }
        1..5 | Send-WorkerMessage -Any
        Receive-WorkerMessage -Count 5 -ExpandBody @wait | Should -Be (1..5 | ForEach-Object { "in the handler of $_" })
    }

    It 'fork-closed-channel-segfault: sending to a worker that is dying gives errors only' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object {
                if ($_.Body -eq 'die') { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
                if ($_.Topic -eq 'echo') { Send-WorkerMessage -Body $_.Body }
            }
        }
        Send-WorkerMessage die -Worker 1
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $failures = @()
        while ($failures.Count -lt 10 -and $clock.Elapsed.TotalSeconds -lt 30) {
            Send-WorkerMessage @{ filling = 'x' * 10000 } -Worker 1 -TimeoutSec 5 -ErrorAction SilentlyContinue -ErrorVariable +failures
        }
        $failures | Should -HaveCount 10
        foreach ($failure in $failures) {
            $failure.FullyQualifiedErrorId | Should -BeLike 'WorkerExited,*'
        }
        $null = Wait-ClusterWorker 1 @wait
        Send-WorkerMessage alive -Topic echo -Worker 2
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'alive'
    }

    It 'fork-advanced-header-serialization: a forged frame length of <length> closes that channel, and the master goes on' -ForEach @(
        @{ length = '0'; bytes = [byte[]] (0, 0, 0, 0) }
        @{ length = '1, too short for a message,'; bytes = [byte[]] (1, 0, 0, 0) }
        @{ length = '2^31'; bytes = [byte[]] (0, 0, 0, 0x80) }
        @{ length = '2^32-1'; bytes = [byte[]] (0xFF, 0xFF, 0xFF, 0xFF) }
    ) {
        $cluster = Start-PuppetCluster -Count 2
        try {
            $bad, $good = $cluster.Puppets
            Invoke-Puppet $good worker
            Connect-Puppet $bad
            $memory = [System.GC]::GetTotalMemory($false)
            Invoke-Puppet $bad send ([byte[]] ($bytes + [byte] 64))
            Invoke-Puppet $bad end
            (Receive-ClusterEvent -Name ProtocolError -Count 1 @wait).Worker | Should -Be $bad.Worker
            [System.GC]::GetTotalMemory($false) - $memory | Should -BeLessThan 500MB
            Send-WorkerMessage alive -Worker $good.Worker
            Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'alive'
        }
        finally {
            Stop-PuppetCluster $cluster
        }
    }
}
