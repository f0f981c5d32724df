# Stop-ClusterMaster: drain, then stop the pipeline, then kill; and when it returns, all is gone.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # What is sent while a master stops can be read after it.
    function Receive-Rest {
        Receive-WorkerMessage -Wait | ForEach-Object Body
    }
}

Describe 'Stop-ClusterMaster' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'returns when every process and file is gone' {
        $master = Start-ClusterMaster -WorkerCount 2 -ScriptBlock { Receive-WorkerMessage -Wait }
        $workers = Get-ClusterWorker
        $master | Stop-ClusterMaster | Should -BeNullOrEmpty
        $workers.ProcessId | Where-Object { Test-ProcessAlive $_ } | Should -BeNullOrEmpty
        Assert-NothingLeft -TimeoutSec 0
        $master.State | Should -Be 'Stopped'
        $master.Workers | Should -BeNullOrEmpty
        Get-ClusterWorker | Should -BeNullOrEmpty
        $workers.State | Should -Be 'Exited', 'Exited'
        $workers.ExitReason | Should -Be 'Stopped', 'Stopped'
        $workers.ExitCode | Should -Be 0, 0
        $workers.ExitedAfterDisconnect | Should -Be $true, $true
    }

    It 'lets workers finish what has been sent to them' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Start-Sleep -Milliseconds 20; $_.Body * 2 }
            'after the loop'
        }
        1..10 | Send-WorkerMessage -All
        Stop-ClusterMaster -DrainTimeoutSec 60
        Receive-Rest | Should -Be (@(1..10 | ForEach-Object { $_ * 2 }) + 'after the loop')
    }

    It 'stops the pipeline of a script that does not finish, and its finally blocks run' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            try { Send-WorkerMessage 'busy'; while ($true) { } }
            finally { [System.IO.File]::WriteAllText($using:TestDrive + '/finally.txt', 'ran') }
        }
        $worker = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 0.1
        $worker.ExitReason | Should -Be 'Stopped'
        $worker.ExitedAfterDisconnect | Should -BeTrue
        Get-Content "$TestDrive/finally.txt" | Should -Be 'ran'
        Receive-Rest | Should -Be 'busy'
    }

    It 'ends the workers of a pool without a crash, however little time they have' {
        $null = Start-ClusterMaster -WorkerCount 6
        $workers = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 0
        $workers.ExitReason | Should -Be (@('Stopped') * 6)
        $workers.Signal | Where-Object { $_ } | Should -BeNullOrEmpty
        $workers.ErrorTail | Should -BeNullOrEmpty
    }

    It 'kills a script that cannot be stopped' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            # A stop between two statements would end the script in time; whenever it comes here, it leads into the sleep.
            try {
                Send-WorkerMessage 'stuck'
                while ($true) { }
            }
            finally { [System.Threading.Thread]::Sleep(-1) }
        }
        $worker = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 0
        Test-ProcessAlive $worker.ProcessId | Should -BeFalse
        $worker.ExitReason | Should -Be 'Killed'
        $worker.ExitedAfterDisconnect | Should -BeTrue
        Receive-Rest | Should -Be 'stuck'
    }

    It 'kills at once with -Force, children included' -Skip:([bool] $IsWindows) {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            & /bin/sh -c 'echo $$; sleep 600; :' | Send-WorkerMessage
        }
        $child = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody
        $worker = Get-ClusterWorker
        Test-ProcessAlive $child | Should -BeTrue
        Stop-ClusterMaster -Force
        Test-ProcessAlive $worker.ProcessId | Should -BeFalse
        (Wait-ProcessEnd $child)[[int] $child] | Should -Not -BeNullOrEmpty
        $worker.ExitReason | Should -Be 'Killed'
        $worker.Signal | Should -Be 'SIGKILL'
        $worker.ExitCode | Should -BeNullOrEmpty
    }

    It 'takes masters from the pipeline, by name and by wildcard' {
        $one = Start-ClusterMaster -WorkerCount 1 -Name one
        $two = Start-ClusterMaster -WorkerCount 1 -Name two
        $three = Start-ClusterMaster -WorkerCount 1 -Name three
        { Stop-ClusterMaster -ErrorAction Stop } | Should -Throw -ErrorId 'MasterAmbiguous,*' -ExpectedMessage '*one, two, three*'
        Stop-ClusterMaster one
        $one.State, $two.State, $three.State | Should -Be 'Stopped', 'Running', 'Running'
        Stop-ClusterMaster t*
        $two.State, $three.State | Should -Be 'Stopped', 'Stopped'
    }

    It 'may be called again' {
        $master = Start-ClusterMaster -WorkerCount 1
        $master | Stop-ClusterMaster
        { $master | Stop-ClusterMaster -ErrorAction Stop } | Should -Not -Throw
        $master.State | Should -Be 'Stopped'
    }

    It 'does nothing with -WhatIf' {
        $master = Start-ClusterMaster -WorkerCount 1
        Stop-ClusterMaster -WhatIf
        $master.State | Should -Be 'Running'
    }

    It 'does nothing for an empty pipeline' {
        $master = Start-ClusterMaster -WorkerCount 1
        @() | Stop-ClusterMaster -ErrorAction Stop
        $master.State | Should -Be 'Running'
    }

    It 'says so when there is no such master' {
        { Stop-ClusterMaster nobody -ErrorAction Stop } | Should -Throw -ErrorId 'MasterNotFound,*' -ExpectedMessage "*'nobody'*"
        Stop-ClusterMaster nob* -ErrorAction Stop -WarningVariable warning 3>$null
        $warning | Should -HaveCount 1
        "$warning" | Should -Match "'nob\*'.*nothing was stopped"
    }

    It 'leaves no thread behind, even if a daemon holds on to the worker''s output' -Skip:(-not $IsLinux) {
        function Get-DrainThread {
            [System.IO.Directory]::GetDirectories('/proc/self/task') | ForEach-Object {
                # A thread may end while we look.
                try { [System.IO.File]::ReadAllText("$_/comm").Trim() } catch [System.IO.IOException] { }
            } | Where-Object { $_ -in 'Cluster stdout', 'Cluster stderr' }
        }

        Get-DrainThread | Should -BeNullOrEmpty
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            (Start-Process setsid -ArgumentList sleep, 600 -PassThru).Id
            Receive-WorkerMessage -Wait
        }
        $daemon = Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody
        try {
            @(Get-DrainThread) | Should -HaveCount 2
            Stop-ClusterMaster
            Test-ProcessAlive $daemon | Should -BeTrue
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while ((Get-DrainThread) -and $clock.Elapsed.TotalSeconds -lt 30) { Start-Sleep -Milliseconds 20 }
            Get-DrainThread | Should -BeNullOrEmpty
        }
        finally {
            Send-ProcessSignal $daemon KILL
        }
    }

    It 'leaves the messages and the events readable' {
        $master = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Send-WorkerMessage 'early'; Receive-WorkerMessage -Wait; 'late' }
        $master | Stop-ClusterMaster
        Receive-WorkerMessage -Master $master | ForEach-Object Body | Should -Be 'early', 'late'
        Receive-ClusterEvent -Master $master -Name Exit | ForEach-Object { $_.Worker.Id } | Should -Be 1
    }

    It 'refuses to serve afterwards' {
        $master = Start-ClusterMaster -WorkerCount 1
        $worker = Get-ClusterWorker
        $master | Stop-ClusterMaster
        { Send-WorkerMessage 'x' -Worker $worker -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
        { Send-WorkerMessage 'x' -All -Master $master -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerExited,*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
