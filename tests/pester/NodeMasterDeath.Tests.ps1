# B5 of the conformance list, and more: a worker never outlives its master, whatever either of them does.

BeforeDiscovery {
    # Who was started with SIGHUP ignored, by nohup say, passes that on to the masters here, who then rightly live on.
    $ignored = if ([System.IO.File]::Exists('/proc/self/status')) {
        [System.IO.File]::ReadLines('/proc/self/status') | Where-Object { $_ -like 'SigIgn:*' } | ForEach-Object { [Convert]::ToUInt64($_.Substring(7).Trim(), 16) }
    }
    $ignoresHangup = [bool] ($ignored -band 1)
    $deaths = @(
        @{ death = 'SIGKILL'; test = 'test-cluster-primary-kill'; code = 137; skip = $IsWindows }
        @{ death = 'SIGTERM'; test = 'test-cluster-primary-kill'; code = 143; skip = $IsWindows }
        @{ death = 'SIGHUP'; test = 'test-cluster-primary-kill'; code = 129; skip = $IsWindows -or $ignoresHangup }
        @{ death = 'SIGINT'; test = 'Ctrl+C'; code = $null; skip = $IsWindows }
        @{ death = 'SIGQUIT'; test = 'Ctrl+\'; code = $null; skip = $IsWindows }
        @{ death = 'TerminateProcess'; test = 'test-cluster-primary-kill'; code = -1; skip = -not $IsWindows }
        @{ death = 'exit'; test = 'test-cluster-primary-kill'; code = 3 }
        @{ death = 'end'; test = 'test-cluster-primary-kill'; code = 0 }
        @{ death = 'throw'; test = 'test-cluster-primary-error'; code = 1 }
        @{ death = 'Environment.Exit'; test = 'test-cluster-primary-error'; code = 4 }
        @{ death = 'FailFast'; test = 'test-cluster-primary-error'; code = $IsWindows ? -2146232797 : 134 }
    )
    $states = 'pool', 'idle', 'sleeping', 'blocked send', 'native program', 'native child', 'native code', 'finally block', 'crash', 'busy loop'

    # Native code cannot be interrupted; the engine waits for the output of a native program, which its children may hold; a pool
    # has no script. On Windows the job object ends workers at once with a master that is killed.
    $finally = 'blocked send', 'busy loop', 'idle', 'native program', 'sleeping'
    foreach ($one in $deaths) {
        $one.finally = $IsWindows -and $one.death -in 'TerminateProcess', 'FailFast' ? @() : $finally
    }
}

BeforeAll {
    $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module $module

    # The contract says 1 s. Twice that is the time of a machine that is busy with other things.
    $mostMilliseconds = 2000

    # A temp folder of its own shows what a master leaves behind. Its name is short, as it is part of socket addresses.
    function New-TempFolder {
        $path = Join-Path ([System.IO.Path]::GetTempPath()) "t$(Get-Random -Maximum 100000000)"
        [System.IO.Directory]::CreateDirectory($path).FullName
    }

    function Get-TempVariable([string] $Path) {
        @{ TMPDIR = $Path; TEMP = $Path; TMP = $Path }
    }

    # Starts the master, waits until its workers are in their states, and returns everything's process ids.
    function Start-MasterOfAllStates([string] $TempFolder) {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $null = [System.IO.Directory]::CreateDirectory($folder)
        $started = Start-HostScript "$PSScriptRoot/Files/master-of-all-states.ps1" -ArgumentList $module, $folder -Environment (Get-TempVariable $TempFolder)
        $workers = @{}
        while (($line = Read-HostScript $started) -ne 'ready') {
            $name, $id = $line -split '='
            $workers[$name] = [int] $id
        }
        # A native child says nothing by which its start could be seen: 'sleep' twice, or 'ping', and those of the pool, the program and the crash.
        $wanted = if ($IsWindows) { 4 } else { 5 }
        $deadline = [datetime]::UtcNow.AddSeconds(30)
        do {
            $children = @('native program', 'native child', 'pool', 'crash' | ForEach-Object { Get-DescendantProcess $workers[$_] } | Where-Object Name -Match '^(.*/)?(sleep|ping\.exe)$')
        } while ($children.Count -lt $wanted -and [datetime]::UtcNow -lt $deadline)
        $children.Count | Should -Be $wanted -Because 'the native children must run before the master dies'
        [pscustomobject]@{ Script = $started; Workers = $workers; Children = @($children.Id); Folder = $folder }
    }

    # Waits for the end of a master's workers and their children. Returns the milliseconds from the end of the master, or from
    # now without one, to the end of each; null for one that lives on.
    function Measure-End($Master, [int] $MasterId = 0) {
        $ids = @($Master.Workers.Values) + $Master.Children
        $ended = Wait-ProcessEnd @($ids; if ($MasterId) { $MasterId }) -TimeoutSec 20
        $start = [int] $ended[$MasterId]
        foreach ($id in $ids | Where-Object { $null -ne $ended[$_] }) {
            $ended[$id] -= $start
        }
        $ended.Remove($MasterId)
        Write-Host "    the last process had gone $(($ended.Values | Measure-Object -Maximum).Maximum) ms after its master"
        $ended
    }
}

Describe 'A master that ends by <death>' -ForEach $deaths {
    Context 'and its workers' -Skip:([bool] $skip) {
        BeforeAll {
            # The time of a finally block is short: on a machine that is busy with other things, not every worker may get to its own.
            $attempts = 0
            do {
                Stop-HostScript $master.Script
                if ($folder) {
                    [System.IO.Directory]::Delete($folder, $true)
                }
                $folder = New-TempFolder
                $master = Start-MasterOfAllStates $folder
                $process = $master.Script.Process
                if ($death -in 'SIGINT', 'SIGQUIT') {
                    # pwsh stops its pipeline at these, which a read of the console does not notice.
                    $process.StandardInput.WriteLine('sleep')
                    Read-HostScript $master.Script | Should -Be 'sleeping'
                }
                switch -Wildcard ($death) {
                    'TerminateProcess' { $process.Kill() }
                    'SIG*' { Send-ProcessSignal $process.Id $death.Substring(3) }
                    default { $process.StandardInput.WriteLine($death) }
                }
                $ended = Measure-End $master $process.Id
                $ran = @(Get-ChildItem $master.Folder | ForEach-Object Name | Sort-Object)
            } until ("$ran" -eq "$finally" -or ++$attempts -eq 3)
            $hasEnded = $process.WaitForExit(10000)
        }

        AfterAll {
            Stop-HostScript $master.Script
            [System.IO.Directory]::Delete($folder, $true)
        }

        It '<test>: the master has ended with code <code>' {
            $hasEnded | Should -BeTrue
            # What pwsh makes of the keyboard's signals is its own affair.
            if ($null -ne $code) {
                $process.ExitCode | Should -Be $code
            }
        }

        It '<test>: a worker in the state "<_>" is gone within 1 s' -ForEach $states {
            $milliseconds = $ended[$master.Workers[$_]]
            $milliseconds | Should -Not -BeNullOrEmpty -Because 'the worker must not run on'
            $milliseconds | Should -BeLessThan $mostMilliseconds
        }

        It 'has let the workers run their finally blocks' {
            $ran | Should -Be $finally
        }

        It 'takes the native programs of its workers along' {
            foreach ($child in $master.Children) {
                $ended[$child] | Should -Not -BeNullOrEmpty -Because 'the child must not run on'
                $ended[$child] | Should -BeLessThan $mostMilliseconds
            }
        }

        It 'leaves no file that the next start does not sweep' {
            if ($death -in 'exit', 'end', 'throw', 'SIGTERM', 'SIGHUP') {
                Get-ChildItem $folder -Filter 'cluster-*' | Should -BeNullOrEmpty
            }
            $before = @{}
            foreach ($name in 'TMPDIR', 'TEMP', 'TMP') {
                $before[$name] = [System.Environment]::GetEnvironmentVariable($name)
                [System.Environment]::SetEnvironmentVariable($name, $folder)
            }
            try {
                $null = Start-ClusterMaster -WorkerCount 1
                Stop-ClusterMaster
            }
            finally {
                foreach ($name in $before.Keys) {
                    [System.Environment]::SetEnvironmentVariable($name, $before[$name])
                }
            }
            # Only what the killed master's own runtime had made may be left.
            Get-ChildItem $folder -Force | Where-Object Name -NotMatch "\b$($process.Id)\b" | Should -BeNullOrEmpty
        }
    }
}

Describe 'A master that lives on' {
    It 'has no worker left, in any state, when <_> returns' -ForEach 'Remove-Module', 'Import-Module -Force' {
        $folder = New-TempFolder
        try {
            $master = Start-MasterOfAllStates $folder
            $master.Script.Process.StandardInput.WriteLine($_)
            Read-HostScript $master.Script | Should -Be 'done'
            $ended = Measure-End $master
            $master.Script.Process.HasExited | Should -BeFalse
            $ended.Values | Should -Not -BeNullOrEmpty
            $ended.Values | Should -BeLessThan $mostMilliseconds
            Get-ChildItem $folder -Filter 'cluster-*' | Should -BeNullOrEmpty
            Get-ChildItem $master.Folder | ForEach-Object Name | Sort-Object | Should -Be 'blocked send', 'busy loop', 'idle', 'native program', 'sleeping'
        }
        finally {
            Stop-HostScript $master.Script
            [System.IO.Directory]::Delete($folder, $true)
        }
    }

    It 'has no worker left when the runspace that started it is closed' {
        $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
        $shell = [powershell]::Create()
        try {
            $runspace.Open()
            $shell.Runspace = $runspace
            $null = $shell.AddScript({
                param($Module, $Marker)
                Import-Module $Module
                (Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
                    try { Send-WorkerMessage 'now'; while ($true) { } }
                    finally { [System.IO.File]::WriteAllText("$using:Marker$($ClusterWorker.Id)", '') }
                }).Workers.ProcessId
            }).AddArgument($module).AddArgument("$TestDrive/closed")
            $ids = @($shell.Invoke())
            $ids.Count | Should -Be 2
            $runspace.Close()
            $ended = Wait-ProcessEnd $ids -TimeoutSec 20
            $ended.Values | Should -Not -BeNullOrEmpty
            $ended.Values | Should -BeLessThan $mostMilliseconds
            "$TestDrive/closed1", "$TestDrive/closed2" | Should -Exist
        }
        finally {
            $shell.Dispose()
            $runspace.Dispose()
        }
    }
}

Describe 'A worker that had not connected when its master was killed' -Skip:([bool] $IsWindows) {
    It 'test-cluster-primary-kill: does not stay' {
        # The worker becomes one only after its master has gone.
        $folder = New-TempFolder
        $gate = Join-Path $folder 'go'
        $slowHost = Join-Path $folder 'slow-host'
        Set-Content -LiteralPath $slowHost -Value "#!/bin/sh`nwhile [ ! -e '$gate' ]; do sleep 0.05; done`nexec '$(Get-HostProgram)' `"`$@`""
        & /bin/sh -c "chmod 700 '$slowHost'"
        $master = Start-HostScript "$PSScriptRoot/Files/master-of-unborn.ps1" -ArgumentList $module, $slowHost -Environment (Get-TempVariable $folder)
        try {
            $id = [int] (Read-HostScript $master)
            $master.Process.Kill()
            $null = $master.Process.WaitForExit(30000)
            Test-ProcessAlive $id | Should -BeTrue
            Set-Content -LiteralPath $gate -Value ''
            # Some seconds more than a host needs to start on a busy machine.
            $ended = Wait-ProcessEnd $id -TimeoutSec 10
            $ended[$id] | Should -Not -BeNullOrEmpty -Because 'it must see at once that there is no master'
        }
        finally {
            Stop-HostScript $master
            if (Test-ProcessAlive $id) {
                [System.Diagnostics.Process]::GetProcessById($id).Kill($true)
            }
            [System.IO.Directory]::Delete($folder, $true)
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
