# What a worker finds around it: variables, directory, arguments, modules, culture, preferences.

BeforeAll {
    $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module $module

    # Runs what it is sent and sends back what that writes, as one list.
    $obey = {
        Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage @(. ([scriptblock]::Create($_.Body))) }
    }

    # What an expression gives in the worker.
    function Ask([string] $Expression) {
        Send-WorkerMessage $Expression -Any
        $answer = Receive-WorkerMessage -Count 1 -TimeoutSec 60 4>$null
        $answer.Body
    }
}

Describe 'A worker' {
    BeforeAll {
        $env:SPEC_INHERITED = 'from the session'
        $env:SPEC_CHANGED = 'as it was'
        $env:SPEC_REMOVED = 'must not be seen'
        $modulePath = $env:PSModulePath
        $env:PSModulePath = $modulePath + [System.IO.Path]::PathSeparator + (Join-Path $TestDrive 'more modules')
        $culture = [cultureinfo]::CurrentCulture, [cultureinfo]::CurrentUICulture
        [cultureinfo]::CurrentCulture = 'de-DE'
        [cultureinfo]::CurrentUICulture = 'fr-FR'
        # Which also shows the verbose records of the workers; the reads below leave them out.
        $VerbosePreference = 'Continue'
        $WarningPreference = 'SilentlyContinue'
        $ErrorActionPreference = 'Continue'
        $ProgressPreference = 'SilentlyContinue'
        $OFS = '-'
        $folder = Join-Path $TestDrive 'a [folder] with spaces, Grüße'
        $null = [System.IO.Directory]::CreateDirectory($folder)
        Push-Location -LiteralPath $folder
        try {
            $master = Start-ClusterMaster -WorkerCount 1 -Name surroundings -ArgumentList 1, 'two', $null, @(3, 4) -ScriptBlock $obey -Environment @{
                SPEC_ADDED   = 'Grüße, "quoted"'
                SPEC_CHANGED = 17
                SPEC_REMOVED = $null
            }
        }
        finally {
            Pop-Location
            [cultureinfo]::CurrentCulture, [cultureinfo]::CurrentUICulture = $culture
        }
        $worker = Get-ClusterWorker
    }

    AfterAll {
        Stop-ClusterMaster
        $env:SPEC_INHERITED = $env:SPEC_CHANGED = $env:SPEC_REMOVED = $null
        $env:PSModulePath = $modulePath
    }

    It 'test-cluster-fork-env: inherits the environment' {
        Ask '$env:SPEC_INHERITED' | Should -Be 'from the session'
    }

    It 'test-cluster-fork-env: -Environment adds, overrides and removes' {
        Ask '$env:SPEC_ADDED' | Should -Be 'Grüße, "quoted"'
        Ask '$env:SPEC_CHANGED' | Should -Be '17'
        Ask '[System.Environment]::GetEnvironmentVariables().Keys -contains "SPEC_REMOVED"' | Should -BeExactly $false
    }

    It 'test-cluster-fork-env: the master''s own environment is as before' {
        $env:SPEC_ADDED | Should -BeNullOrEmpty
        $env:SPEC_CHANGED | Should -Be 'as it was'
        $env:SPEC_REMOVED | Should -Be 'must not be seen'
    }

    It 'test-cluster-cwd: starts in the current directory of the session' {
        Ask '$PWD.ProviderPath' | Should -Be $folder
        Ask '[System.Environment]::CurrentDirectory' | Should -Be $folder
    }

    It 'has the session''s PSModulePath' {
        Ask '$env:PSModulePath' | Should -Be $env:PSModulePath
    }

    It 'has the session''s culture' {
        Ask '[cultureinfo]::CurrentCulture.Name' | Should -Be 'de-DE'
        Ask '[cultureinfo]::CurrentUICulture.Name' | Should -Be 'fr-FR'
        Ask '(1.5).ToString()' | Should -Be (1.5).ToString([cultureinfo]::GetCultureInfo('de-DE'))
        Ask '(Get-Culture).Name' | Should -Be 'de-DE'
        Ask '$Host.CurrentUICulture.Name' | Should -Be 'fr-FR'
    }

    It 'has the caller''s $<_>' -ForEach 'VerbosePreference', 'WarningPreference', 'ErrorActionPreference', 'ProgressPreference', 'DebugPreference', 'InformationPreference' {
        Ask "`"`$$_`"" | Should -Be "$(Get-Variable $_ -ValueOnly)"
    }

    It 'has the caller''s $OFS' {
        Ask '"$(1..3)"' | Should -Be '1-2-3'
    }

    It 'knows itself by $ClusterWorker' {
        Ask '$ClusterWorker.Id, $ClusterWorker.Slot, $ClusterWorker.MasterProcessId, $ClusterWorker.ClusterName' |
            Should -Be 1, 0, $PID, 'surroundings'
        $arguments = Ask '$ClusterWorker.ArgumentList'
        $arguments | Should -HaveCount 4
        $arguments[0] | Should -Be 1
        $arguments[1] | Should -Be 'two'
        $arguments[2] | Should -BeNullOrEmpty
        $arguments[3] | Should -Be 3, 4
    }

    It 'cannot change $ClusterWorker' {
        Ask 'try { $ClusterWorker = 1; "changed" } catch { "refused" }' | Should -Be 'refused'
    }

    It 'is the process that the master says' {
        Ask '$PID' | Should -Be $worker.ProcessId
    }

    It 'does not see what made it a worker, and neither do its children' {
        Ask '[System.Environment]::GetEnvironmentVariables().Keys -like "CLUSTER_WORKER*"' | Should -BeNullOrEmpty
        $command = if ($IsWindows) { 'cmd.exe /c set' } else { '/bin/sh -c env' }
        Ask "@(& $command) -match '^CLUSTER_WORKER'" | Should -BeNullOrEmpty
    }

    It 'has nothing of the user''s on its command line' -Skip:(-not $IsLinux) {
        $line = [System.IO.File]::ReadAllText("/proc/$($worker.ProcessId)/cmdline")
        $line | Should -Match 'Cluster'
        $line | Should -Not -Match 'Receive-WorkerMessage|surroundings|two'
        $line | Should -Not -Match '[0-9A-F]{32}'
    }

    It 'is in a process group of its own, which the terminal''s Ctrl+C does not reach' -Skip:([bool] $IsWindows) {
        $groups = & /bin/sh -c "ps -o pgid= -p $($worker.ProcessId) 2>/dev/null"
        $group = if ($IsLinux) { (([System.IO.File]::ReadAllText("/proc/$($worker.ProcessId)/stat")) -replace '^.*\) ').Split(' ')[2] } else { "$groups".Trim() }
        [int] $group | Should -Be $worker.ProcessId
    }

    It 'has no profile, and nobody to ask' {
        Ask 'try { $Host.UI.ReadLine(); "read" } catch { "refused" }' | Should -Be 'refused'
        Ask '[System.Console]::IsInputRedirected' | Should -BeTrue
        Ask '[System.Console]::In.ReadLine()' | Should -BeNullOrEmpty
    }

    It 'test-cluster-cwd: another directory of the session counts for later masters only' {
        Ask '$PWD.ProviderPath' | Should -Be $folder
        Push-Location -LiteralPath $TestDrive
        try {
            $null = Start-ClusterMaster -WorkerCount 1 -Name later -ScriptBlock { $PWD.ProviderPath }
        }
        finally {
            Pop-Location
        }
        Receive-WorkerMessage -Master later -Count 1 -TimeoutSec 30 -ExpandBody 4>$null | Should -Be "$TestDrive"
        Stop-ClusterMaster later
        Ask '$PWD.ProviderPath' | Should -Be $folder
    }
}

Describe 'A worker with an environment of its own' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'has the PSModulePath of -Environment, as a pwsh that was started with it: <via>' -ForEach @(
        @{ via = 'Start-ClusterMaster' }
        @{ via = 'Start-ClusterWorker' }
    ) {
        $folder = Join-Path $TestDrive 'my modules'
        $null = New-Item "$folder/SpecModule/SpecModule.psm1" -ItemType File -Force -Value 'function Get-SpecThing { "found" }'
        $with = @{ PSModulePath = $folder }
        if ($via -eq 'Start-ClusterMaster') {
            $null = Start-ClusterMaster $obey -WorkerCount 1 -Environment $with
        }
        else {
            $null = Start-ClusterMaster $obey -WorkerCount 1
            $null = Start-ClusterWorker $with
            Stop-ClusterWorker 1
        }
        $path = Ask '$env:PSModulePath'
        ($path -split [System.IO.Path]::PathSeparator) | Should -Contain $folder
        Ask 'Import-Module SpecModule; Get-SpecThing' | Should -Be 'found'
        Ask '[System.Environment]::GetEnvironmentVariables().Keys -like "CLUSTER_WORKER*"' | Should -BeNullOrEmpty

        # What PowerShell adds to it by itself is its own.
        $own = $env:PSModulePath
        try {
            $env:PSModulePath = $folder
            $path | Should -Be (& (Get-HostProgram) -NoProfile -Command '$env:PSModulePath')
        }
        finally {
            $env:PSModulePath = $own
        }
    }

    It 'starts where the session''s culture does not exist' {
        $culture = [cultureinfo]::CurrentCulture, [cultureinfo]::CurrentUICulture
        try {
            [cultureinfo]::CurrentCulture = [cultureinfo]::CurrentUICulture = 'de-DE'
            $null = Start-ClusterMaster $obey -WorkerCount 1 -Environment @{ DOTNET_SYSTEM_GLOBALIZATION_INVARIANT = 1 }
        }
        finally {
            [cultureinfo]::CurrentCulture, [cultureinfo]::CurrentUICulture = $culture
        }
        Ask '[cultureinfo]::CurrentCulture.Name' | Should -Be ''
        Ask '[cultureinfo]::CurrentUICulture.Name' | Should -Be ''
        Ask '(1.5).ToString()' | Should -Be '1.5'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
