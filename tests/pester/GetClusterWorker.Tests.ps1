# Get-ClusterWorker: which workers it lists, and what it tells of them.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    # A job's pwsh that is killed leaves the pipe behind by which it can be entered.
    $env:POWERSHELL_DIAGNOSTICS_OPTOUT = '1'
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
        $worker.GetType().FullName | Should -Be 'Cluster.Api.ClusterWorker'
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

Describe 'A worker in the pipeline of a command that chooses by an id of its own' {
    BeforeAll {
        $cluster = Start-ClusterMaster -WorkerCount 2 -RestartPolicy Never -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage ($ClusterWorker | Get-Process).Id }
        }
        $worker, $other = Get-ClusterWorker
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'is its process for Get-Process, and for itself' {
        (Get-ClusterWorker | Get-Process).Id | Should -Be $worker.ProcessId, $other.ProcessId
        Send-WorkerMessage who -Worker $other.Id
        (Receive-WorkerMessage -Count 1 -TimeoutSec 30 -Worker $other.Id).Body | Should -Be $other.ProcessId
    }

    It 'is its process for <name>' -ForEach @(
        @{ name = 'Stop-Process'; script = { $args[0] | Stop-Process -WhatIf } }
        @{ name = 'Debug-Process'; script = { $args[0] | Debug-Process -WhatIf } }
    ) {
        # What it would do is written to the host.
        $text = & (Get-Process -Id $PID).Path -NoProfile -Command "
            Import-Module '$PSScriptRoot/../../module/Cluster.psd1'
            `$cluster = Start-ClusterMaster -WorkerCount 1
            `"worker `$((Get-ClusterWorker).ProcessId)`"
            & { $script } (Get-ClusterWorker)
            `$cluster | Stop-ClusterMaster -Force"
        "$text" -match 'worker (\d+)' | Should -BeTrue
        "$text" | Should -BeLike "*What if*($($Matches[1]))*"
    }

    It 'is never taken for a job, a session or a breakpoint with its id' {
        $job = Start-Job { Start-Sleep 300 }
        try {
            # One whose id the job has.
            $same = [pscustomobject]@{ Id = $job.Id }
            $same | Get-Job | Should -Be $job
            while ((Get-ClusterWorker -IncludeExited).Id -notcontains $job.Id) { $null = Start-ClusterWorker }
            $namesake = Get-ClusterWorker $job.Id
            foreach ($command in 'Stop-Job', 'Remove-Job', 'Receive-Job', 'Wait-Job', 'Remove-PSBreakpoint', 'Disable-PSBreakpoint') {
                { $namesake | & $command -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentValidationError*' -Because $command
            }
            # It takes sessions by their machine as well; there is none with this one.
            { $namesake | Remove-PSSession -ErrorAction Stop } | Should -Throw -ErrorId 'RemoteRunspaceNotAvailable*'
            $job.State | Should -Be 'Running'
        }
        finally {
            $job | Remove-Job -Force
        }
    }

    It 'has an alternative to its id in every command of PowerShell that changes something and takes ids by name' {
        # An id that fits nothing is taken for the command's own kind of thing; a worker is converted to these before.
        $convertible = 'Process', 'Job', 'PSSession', 'Breakpoint', 'Runspace'
        $commands = Get-Command -CommandType Cmdlet -Module Microsoft.PowerShell.Core, Microsoft.PowerShell.Management, Microsoft.PowerShell.Utility
        $byId = $commands | Where-Object Verb -NE 'Get' | Where-Object {
            $_.Parameters.Values | Where-Object { 'Id' -in @($_.Name) + $_.Aliases -and $_.ParameterSets.Values.ValueFromPipelineByPropertyName -contains $true }
        }
        $byId.Count | Should -BeGreaterThan 8
        $byId | Where-Object {
            -not ($_.Parameters.Values | Where-Object { $_.ParameterSets.Values.ValueFromPipeline -contains $true -and $_.ParameterType.Name.TrimEnd('[', ']') -in $convertible })
        } | ForEach-Object Name | Should -Be 'Invoke-History'
    }

    It 'that has exited is nothing that could be stopped' {
        Stop-ClusterWorker $worker -Force
        # Nothing here may end a process, should an id be taken for a process id after all.
        $commands = @(
            { $worker | Get-Process -ErrorAction Stop }
            { $worker | Stop-Process -WhatIf -ErrorAction Stop }
            { $worker | Wait-Process -Timeout 1 -ErrorAction Stop }
        )
        foreach ($command in $commands) {
            $command | Should -Throw -ErrorId 'ParameterArgumentValidationError*' -Because "$command"
        }
    }

    It 'is its process for Stop-Process by way of Get-Process' {
        # Never without this look: taken for a process id, the id of a worker is that of a process of the system.
        $process = $other | Get-Process
        $process.Id | Should -Be $other.ProcessId
        $process | Stop-Process
        $other | Wait-ClusterWorker -TimeoutSec 60 | Should -Be $other
        $other.ExitReason | Should -Be 'Crashed'
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
