# Get-ClusterWorker: which workers it lists, and what it tells of them.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
}

Describe 'Get-ClusterWorker' {
    BeforeAll {
        $before = [datetime]::Now
        $echo = Start-ClusterMaster -Name echo -WorkerCount 2 -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body } }
        $idle = Start-ClusterMaster -Name idle -WorkerCount 1
    }

    AfterAll {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'lists the workers of all masters' {
        Get-ClusterWorker | ForEach-Object { "$_" } | Should -Be 'echo:1', 'echo:2', 'idle:1'
    }

    It 'chooses by <title>' -ForEach @(
        @{ title = '-Master by name'; with = @{ Master = 'echo' }; found = 'echo:1', 'echo:2' }
        @{ title = '-Master by wildcard'; with = @{ Master = 'i*' }; found = 'idle:1' }
        @{ title = '-Id'; with = @{ Id = 1 }; found = 'echo:1', 'idle:1' }
        @{ title = '-Id and -Master'; with = @{ Id = 2, 1; Master = 'echo' }; found = 'echo:1', 'echo:2' }
        @{ title = '-Slot'; with = @{ Slot = 1 }; found = 'echo:2' }
        @{ title = '-State'; with = @{ State = 'Ready', 'Online' }; found = 'echo:1', 'echo:2', 'idle:1' }
        @{ title = 'a -State that none is in'; with = @{ State = 'Exited' }; found = $null }
        @{ title = 'a -Master that is not there'; with = @{ Master = 'nobody' }; found = $null }
        @{ title = 'a -Slot that is not there'; with = @{ Slot = 7 }; found = $null }
    ) {
        Get-ClusterWorker @with | ForEach-Object { "$_" } | Should -Be $found
    }

    It 'takes masters from the pipeline' {
        $idle | Get-ClusterWorker | ForEach-Object { "$_" } | Should -Be 'idle:1'
    }

    It 'says so when an id is not there, and lists the others' {
        $found = Get-ClusterWorker 2, 77 -ErrorVariable problem -ErrorAction SilentlyContinue
        "$found" | Should -Be 'echo:2'
        $problem.FullyQualifiedErrorId | Should -Be 'WorkerNotFound,Cluster.Commands.GetClusterWorkerCommand'
        $problem.Exception.Message | Should -Match '77'
    }

    It 'tells about a running worker' {
        $worker = Get-ClusterWorker 1 -Master echo
        $worker.GetType().FullName | Should -Be 'Cluster.Objects.ClusterWorker'
        $worker.MasterName | Should -Be 'echo'
        $worker.State | Should -Be 'Ready'
        $worker.StartTime | Should -BeGreaterOrEqual $before
        $worker.StateSince | Should -BeGreaterOrEqual $worker.StartTime
        Test-ProcessAlive $worker.ProcessId | Should -BeTrue
        $worker.WorkingSet | Should -BeGreaterThan 1MB
        $worker.CpuTime | Should -BeGreaterThan ([timespan]::Zero)
        $worker.IsConnected | Should -BeTrue
        $worker.IsDead | Should -BeFalse
        $worker.ExitCode, $worker.Signal, $worker.ExitReason, $worker.LastError, $worker.ExitedAfterDisconnect | Should -Be @($null, $null, $null, $null, $null)
    }

    It 'is waited for no longer than asked, and the error names it' {
        $worker = Get-ClusterWorker 1 -Master echo
        $failure = { Wait-ClusterWorker -Worker $worker -TimeoutSec 0 -ErrorAction Stop } | Should -Throw -ErrorId 'WaitTimeout,*' -PassThru
        $failure.TargetObject | Should -Be $worker
        Wait-ClusterWorker -Worker $worker -State Ready -TimeoutSec 30 | Should -Be $worker
    }

    It 'counts messages' {
        $worker = Get-ClusterWorker 2 -Master echo
        1..5 | Send-WorkerMessage -Worker $worker
        $null = Receive-WorkerMessage -Worker $worker -Count 5 -TimeoutSec 30
        $worker.Sent | Should -Be 5
        $worker.Received | Should -Be 5
        $other = Get-ClusterWorker 1 -Master echo
        $other.Sent | Should -Be 0
        $other.Received | Should -Be 0
    }

    It 'counts what a worker has not read' {
        $worker = Get-ClusterWorker -Master idle
        $worker.Pending | Should -Be 0
        1..3 | Send-WorkerMessage -Worker $worker
        $worker.Pending | Should -Be 3
    }

    It 'shows a table' {
        $text = Get-ClusterWorker -Master idle | Out-String
        $text | Should -Match '\bId\b.*\bState\b'
        $text | Should -Match 'Ready'
    }
}

Describe 'Get-ClusterWorker after an end' {
    BeforeAll {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock { Receive-WorkerMessage -Wait }
        $held = Get-ClusterWorker 1
        $seen = $held.State
        Stop-ClusterWorker 1
    }

    AfterAll {
        Stop-ClusterMaster
    }

    It 'is live: an object held in a variable changes' {
        $seen | Should -Be 'Ready'
        $held.State | Should -Be 'Exited'
        $held.IsDead | Should -BeTrue
        $held.IsConnected | Should -BeFalse
        $held.WorkingSet | Should -BeNullOrEmpty
        $held.CpuTime | Should -BeNullOrEmpty
    }

    It 'leaves exited workers out' {
        Get-ClusterWorker | ForEach-Object Id | Should -Be 2
        Get-ClusterWorker -Slot 0 | Should -BeNullOrEmpty
    }

    It 'remembers them for <title>' -ForEach @(
        @{ title = '-IncludeExited'; with = @{ IncludeExited = $true }; found = 1, 2 }
        @{ title = '-State Exited'; with = @{ State = 'Exited' }; found = 1 }
        @{ title = 'its id'; with = @{ Id = 1 }; found = 1 }
    ) {
        Get-ClusterWorker @with | ForEach-Object Id | Should -Be $found
    }
}

Describe 'Get-ClusterWorker without a master' {
    It 'lists nothing' {
        Get-ClusterWorker -ErrorAction Stop | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
