# Every command over several machines: a worker elsewhere is a worker like any other.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    $why = Test-MachineNetwork
    $title = $why ? " (skipped: $why)" : ''
}

Describe "Workers of a master, one here, one on alpha, two on beta$title" -Skip:([bool] $why) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Import-Module "$PSScriptRoot/MachineHarness.psm1"
        Import-Module "$PSScriptRoot/PortHarness.psm1"
        $wait = @{ TimeoutSec = 30 }
        $ticket = Join-Path $TestDrive ticket
        $script = Join-Path $TestDrive service.ps1
        Copy-Item "$PSScriptRoot/Files/machine-worker.ps1" $script
        $network = New-MachineNetwork
        $alpha, $beta = 'alpha', 'beta' | ForEach-Object { Add-Machine $network $_ }
        $agents = @{
            alpha = Start-Agent $alpha @{ TicketPath = $ticket; WorkerCount = 1 }
            beta  = Start-Agent $beta @{ TicketPath = $ticket }
        }
        $cluster = Start-ClusterMaster $script -Name Spread -WorkerCount 1 -Listen "$($network.Address):0" -TicketPath $ticket -LogPath "$TestDrive/logs" -MinimumMachineCount 2 -RestartDelaySec 0 -MaxRestarts 100 -HeartbeatTimeoutSec 0
        Wait-Until { @(Get-ClusterWorker | Where-Object State -EQ Ready).Count -eq 4 }

        # The worker of alpha, or the first of beta.
        function Get-There([string] $Name = 'alpha') {
            @(Get-ClusterWorker | Where-Object { $_.ComputerName -eq $Name -and $_.State -eq 'Ready' })[0]
        }

        # Ends a worker by a script that it runs, and returns it when it has exited and another is there.
        function Stop-Badly($Worker, [string] $Script) {
            $null = Receive-ClusterEvent
            Send-WorkerMessage $Script -Worker $Worker
            $null = Wait-ClusterWorker $Worker -ErrorAction Stop @wait
            (Receive-ClusterEvent Ready -Count 1 @wait).Worker.ComputerName | Should -Be $Worker.ComputerName
            $Worker
        }
    }

    AfterAll {
        Get-ClusterMaster | Stop-ClusterMaster -Force
        Remove-MachineNetwork $network
    }

    AfterEach {
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'are as many as the machines offered, and the master''s own had' {
        (Receive-ClusterEvent MachineJoined -Count 2 @wait).Reason | Sort-Object | Should -Be 'alpha has joined, for 1 workers.', 'beta has joined, for 2 workers.'
        (Get-ClusterWorker).ComputerName | Sort-Object | Should -Be (@('alpha', 'beta', 'beta', [Environment]::MachineName) | Sort-Object)
        $cluster.WorkerCount | Should -Be 4
        foreach ($name in 'alpha', 'beta') {
            Read-HostScript $agents[$name] | Should -BeLike "$name has joined the master 'Spread' with * workers."
        }
        foreach ($worker in Get-ClusterWorker | Where-Object ComputerName -EQ beta) {
            Get-MachineProcess $beta | Should -Contain $worker.ProcessId
            Invoke-InWorker $worker { $PID } | Should -Be $worker.ProcessId
        }
    }

    It 'are listed by machine' {
        $machines = Get-ClusterMachine | Sort-Object ComputerName
        $machines.ComputerName | Should -Be alpha, beta
        $machines.State | Should -Be Online, Online
        $machines.WorkerCount | Should -Be 1, 2
        $machines.MasterName | Should -Be Spread, Spread
        $machines.ProcessId | Should -Be $agents.alpha.Process.Id, $agents.beta.Process.Id
        $machines[1].Workers | Sort-Object Id | Should -Be (Get-ClusterWorker | Where-Object ComputerName -EQ beta | Sort-Object Id)
        foreach ($machine in $machines) {
            $machine.Silence.TotalSeconds | Should -BeLessThan 3
            $machine.JoinTime | Should -BeGreaterThan $cluster.StartTime
        }
        $machines | Out-String | Should -Match 'alpha'
        Get-ClusterMachine B* | Should -Be $machines[1]
        'alpha', 'beta' | Get-ClusterMachine -Master Spread | Should -Be $machines
        Get-ClusterMachine x* | Should -BeNullOrEmpty
        { Get-ClusterMachine gamma -ErrorAction Stop } | Should -Throw -ErrorId 'MachineNotFound,*' -ExpectedMessage "*'gamma'*'Spread'*"
    }

    It 'are asked, all and each' {
        $all = Get-ClusterWorker
        Invoke-WorkerRequest hello $all -Topic echo @wait | Should -Be (@('hello') * 4)
        1..200 | Invoke-WorkerRequest -Topic echo @wait | Sort-Object | Should -Be (1..200)
        { Invoke-InWorker (Get-There) { Get-Item /not/there -ErrorAction Stop } } | Should -Throw 'PathNotFound*ObjectNotFound*'
    }

    It 'ask the master' {
        Send-WorkerMessage 'Send-WorkerMessage (Invoke-WorkerRequest what -TimeoutSec 20) -Topic asked' -Worker (Get-There)
        $question = Receive-WorkerMessage -Count 1 @wait
        $question.Body, $question.Kind | Should -Be what, Request
        Send-WorkerMessage that -ReplyTo $question
        Receive-WorkerMessage -Count 1 -Topic asked -ExpandBody @wait | Should -Be that
        $null = Receive-WorkerMessage -Count 1 @wait
    }

    It 'get what is sent to all, and to any' {
        Send-WorkerMessage 'Send-WorkerMessage $ClusterWorker.Id -Topic all' -All
        Receive-WorkerMessage -Count 4 -Topic all -ExpandBody @wait | Sort-Object | Should -Be (Get-ClusterWorker | ForEach-Object Id | Sort-Object)
        $null = Receive-WorkerMessage -Count 4 -Topic done @wait
        # Busy for a moment each, so that none can do all.
        1..40 | ForEach-Object { '[System.Threading.Thread]::Sleep(20)' } | Send-WorkerMessage -Any
        Receive-WorkerMessage -Count 40 -ExpandBody @wait | Sort-Object -Unique | Should -Be (Get-ClusterWorker | ForEach-Object Id | Sort-Object)
    }

    It 'reach each other across machines' {
        $here = [Environment]::MachineName
        foreach ($pair in @('alpha', 'beta'), @('beta', $here), @($here, 'alpha')) {
            $from, $to = $pair | ForEach-Object { Get-There $_ }
            Send-WorkerMessage "Send-WorkerMessage 'Send-WorkerMessage `"`$(`$message.WorkerId) wrote to `$(`$ClusterWorker.Id)`" -Topic heard' -Worker $($to.Id)" -Worker $from
            Receive-WorkerMessage -Count 1 -Topic heard -ExpandBody @wait | Should -Be "$($from.Id) wrote to $($to.Id)"
            $null = Receive-WorkerMessage -Count 2 -Topic done @wait
        }
    }

    It 'write to their streams, in the order in which they wrote' {
        Send-WorkerMessage 'Write-Error one -ErrorId Told; Write-Warning two; Write-Verbose three -Verbose; "four"; Send-WorkerMessage five; Write-Information six -InformationAction Continue; Write-Host seven' -Worker (Get-There)
        $seen = do {
            $one = Receive-WorkerMessage -Count 1 -Verbose @wait *>&1
            $one
        } until ($one[-1].Topic -eq 'done')
        $seen | Select-Object -SkipLast 1 | ForEach-Object { $_.PSObject.Properties['Body'] ? $_.Body : "$_" } | Should -Be one, two, three, four, five, six, seven
        $seen[0].FullyQualifiedErrorId | Should -BeLike 'Told*'
    }

    It 'are measured' {
        $worker = Get-There
        Wait-Until { $worker.WorkingSet -gt 20MB -and $worker.CpuTime.TotalMilliseconds -gt 50 }
        (Get-ClusterMetric cluster.worker.count | Measure-Object Value -Sum).Sum | Should -Be 4
        $sent = { (Get-ClusterMetric cluster.message.count | Where-Object { $_.Slot -eq $worker.Slot -and $_.Direction -eq 'transmit' }).Value }
        $before = & $sent
        $null = 1..5 | Invoke-WorkerRequest -Worker $worker -Topic echo @wait
        (& $sent) - $before | Should -Be 5
    }

    It 'have logs' {
        $worker = Get-There
        Send-WorkerMessage '"to the log"; [Console]::Error.WriteLine("past the streams")' -Worker $worker
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'to the log', $worker.Id
        $log = "$TestDrive/logs/Spread/slot-$($worker.Slot).jsonl"
        Wait-Until { [System.IO.File]::ReadAllText($log) -match 'past the streams' }
        $entry = Get-Content $log | ConvertFrom-Json | Where-Object text -EQ 'to the log'
        $entry.pid | Should -Be $worker.ProcessId
    }

    It 'get 64 MiB and give it back' {
        $body = [byte[]]::new(64MB)
        [System.Random]::new(1).NextBytes($body)
        Send-WorkerMessage -Body $body -Worker (Get-There) -Topic back
        $back = (Receive-WorkerMessage -Count 1 -Topic back -TimeoutSec 50).Body
        [System.Linq.Enumerable]::SequenceEqual([byte[]] $back, $body) | Should -BeTrue
    }

    It 'get and send 100,000 messages in order' {
        $worker = Get-There
        1..100000 | Send-WorkerMessage -Worker $worker -Topic count
        Invoke-InWorker $worker { $last, $wrong } | Should -Be 100000, 0
        Send-WorkerMessage '1..100000 | Send-WorkerMessage -Topic back' -Worker $worker
        $last = $wrong = 0
        Receive-WorkerMessage -Count 100000 -Topic back -ExpandBody -TimeoutSec 60 | ForEach-Object { $wrong += $_ -ne ++$last }
        $last, $wrong | Should -Be 100000, 0
        $null = Receive-WorkerMessage -Count 1 -Topic done @wait
    }

    It 'serve ports of their own machine, not those of the master''s' {
        $worker = Get-There
        { Invoke-InWorker $worker { New-ClusterListener 0 -ErrorAction Stop } } | Should -Throw 'NotOnThisMachine*InvalidOperation*-Exclusive*'
        $port = Invoke-InWorker $worker { $listener = New-ClusterListener 0 -Address 0.0.0.0 -Exclusive -ErrorAction Stop; $listener.Port }
        Test-PortOpen $port $alpha.Address | Should -BeTrue
        $socket = [System.Net.Sockets.Socket]::new('InterNetwork', 'Stream', 'Tcp')
        try {
            { Send-WorkerMessage x -Worker $worker -Handle $socket -ErrorAction Stop } | Should -Throw -ErrorId 'NotOnThisMachine,*'
        }
        finally {
            $socket.Dispose()
        }
    }

    It 'tell how they ended: <name>' -ForEach @(
        @{ name = 'exit code'; script = 'exit 7'; reason = 'Failed'; code = 7; signal = $null }
        @{ name = 'error'; script = 'Stop-Badly'; reason = 'Failed'; code = 1; signal = $null }
        @{ name = 'crash'; script = "[Environment]::FailFast('told to')"; reason = 'Crashed'; code = $null; signal = 'SIGABRT' }
    ) {
        $worker = Stop-Badly (Get-There beta) $script
        "$($worker.ExitReason)" | Should -Be $reason
        $worker.ExitCode | Should -Be $code
        $worker.Signal | Should -Be $signal
        if ($name -eq 'error') {
            $worker.LastError.Exception.Message | Should -Be 'told to'
            $worker.LastError.ScriptStackTrace | Should -Match 'at Stop-Badly, .*service\.ps1: line 6'
        }
        else {
            $worker.LastError | Should -BeNullOrEmpty
        }
        if ($name -eq 'crash') {
            "$($worker.ErrorTail)" | Should -Match '\bat System\.'
        }
    }

    It 'tell that they were killed there, and are followed by others' {
        $worker = Get-There beta
        $null = Receive-ClusterEvent
        Send-ProcessSignal $worker.ProcessId KILL
        $null = Wait-ClusterWorker $worker -ErrorAction Stop @wait
        "$($worker.ExitReason)", $worker.Signal | Should -Be Crashed, SIGKILL
        (Receive-ClusterEvent Ready -Count 1 @wait).Worker.ComputerName | Should -Be beta
    }

    It 'run the script''s new text after a reload, which is the master''s file' {
        $worker = Get-There
        Invoke-InWorker $worker { $Version } | Should -Be first
        Invoke-InWorker $worker { $PSCommandPath } | Should -Not -Be $script
        [System.IO.File]::WriteAllText($script, [System.IO.File]::ReadAllText($script).Replace("'first'", "'second'"))
        Invoke-InWorker $worker { $Version } | Should -Be first
        $fresh = $worker | Restart-ClusterWorker -PassThru -TimeoutSec 30 -ErrorAction Stop
        $fresh.ComputerName, $fresh.Slot | Should -Be alpha, $worker.Slot
        Invoke-InWorker $fresh { $Version } | Should -Be second
        "$($worker.ExitReason)" | Should -Be Stopped
    }

    It 'are replaced at a limit, on their machine' {
        $worker = Get-There
        $null = Receive-ClusterEvent
        $cluster | Set-ClusterMaster -MaxTasks 300
        try {
            1..310 | Invoke-WorkerRequest -Worker $worker -Topic echo @wait | Should -HaveCount 310
            (Receive-ClusterEvent Recycle -Count 1 @wait).Worker | Should -Be $worker
            $null = Wait-ClusterWorker $worker -ErrorAction Stop @wait
        }
        finally {
            $cluster | Set-ClusterMaster -MaxTasks 1000000
        }
        "$($worker.ExitReason)" | Should -Be Recycled
        (Get-There).Slot | Should -Be $worker.Slot
    }

    It 'are more or fewer, where there is most room' {
        $cluster | Set-ClusterMaster -WorkerCount 7
        Get-ClusterWorker | Group-Object ComputerName -NoElement | ForEach-Object { "$($_.Name)=$($_.Count)" } | Sort-Object | Should -Be (@('alpha=2', 'beta=3', "$([Environment]::MachineName)=2") | Sort-Object)
        $cluster | Set-ClusterMaster -WorkerCount 4
        @(Get-ClusterWorker).Count | Should -Be 4
    }


    It 'are gone when the master stops, and the machines are dismissed' {
        $cluster | Stop-ClusterMaster -ErrorAction Stop
        foreach ($name in 'alpha', 'beta') {
            Read-HostScript $agents[$name] | Should -Be 'The master needs this machine no longer.'
            Read-HostScript $agents[$name] | Should -Be left
        }
        Wait-Until { @(Get-MachineProcess $alpha).Count + @(Get-MachineProcess $beta).Count -eq 0 }
        [System.IO.Directory]::GetFileSystemEntries($alpha.Temp) | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Assert-NothingLeft
    }
}
