# Bad input gets a clear error, and nothing is lost: what is wrong at the start.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # The error of a start that must fail, having left nothing behind.
    function Get-StartError([hashtable] $With) {
        $thrown = { Start-ClusterMaster -WorkerCount 1 @With } | Should -Throw -PassThru
        Get-ClusterWorker | Should -BeNullOrEmpty
        Assert-NothingLeft -TimeoutSec 2
        $thrown
    }

    function Get-Id([string] $Name) {
        "$Name,Cluster.Commands.StartClusterMasterCommand"
    }
}

Describe 'A script that cannot be run' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'is missing: <title>' -ForEach @(
        @{ title = 'a file'; path = './no such file.ps1' }
        @{ title = 'a directory'; path = '.' }
        @{ title = 'a drive'; path = 'nodrive:/x.ps1' }
        @{ title = 'no file system'; path = 'Env:/PATH' }
    ) {
        $problem = Get-StartError @{ ScriptPath = $path }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id ScriptNotFound)
        $problem.Exception.Message | Should -Match 'no such file|does not exist|nodrive|Env:'
    }

    It 'does not parse: the line is named, and no process is started' {
        # A host that cannot be started would be the error if a process were started.
        $problem = Get-StartError @{ ScriptPath = "$PSScriptRoot/Files/parse-error.ps1"; HostPath = "$PSScriptRoot/Files/parse-error.ps1" }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id ScriptParseError)
        $problem.Exception.Message | Should -Match 'parse-error\.ps1'
        $problem.Exception.Message | Should -Match 'Line 3\b'
        $problem.Exception.InnerException | Should -BeOfType ([System.Management.Automation.ParseException])
    }

    It 'throws before it is ready: the error is the script''s own' {
        $problem = Get-StartError @{ ScriptPath = "$PSScriptRoot/Files/throws.ps1" }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id WorkerStartFailed)
        $problem.Exception.Message | Should -Match 'the fixture fails on purpose'
        $problem.Exception.Message | Should -Match 'throws\.ps1: line 2'
        $problem.Exception.WorkerError.Exception.Message | Should -Be 'the fixture fails on purpose'
        $problem.Exception.WorkerError.ScriptStackTrace | Should -Match 'line 2'
    }

    It '<title> before it is ready' -ForEach @(
        @{ title = 'a script block that throws'; with = @{ ScriptBlock = { throw 'thrown in the block' } }; says = 'thrown in the block' }
        @{ title = 'a command that does not exist'; with = @{ ScriptBlock = { $ErrorActionPreference = 'Stop'; Get-NoSuchThing } }; says = 'Get-NoSuchThing' }
        @{ title = 'exit with a code'; with = @{ ScriptBlock = { exit 3 } }; says = 'exit code 3' }
        @{ title = 'a process that ends itself'; with = @{ ScriptBlock = { [System.Environment]::Exit(9) } }; says = 'exit code 9' }
        @{ title = 'an initialisation that throws'; with = @{ InitializationScript = { throw 'in the beginning' }; ScriptBlock = { } }; says = 'in the beginning' }
        @{ title = 'a module that is missing'; with = @{ ImportModule = 'NoSuchModule'; ScriptBlock = { } }; says = 'NoSuchModule' }
        @{ title = 'a module file that is missing'; with = @{ ImportModule = './no-such-module.psm1' }; says = 'no-such-module' }
        @{ title = 'a missing parameter'; with = @{ ScriptBlock = { param([Parameter(Mandatory)] $Needed) $Needed } }; says = 'Needed' }
    ) {
        $problem = Get-StartError $with
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id WorkerStartFailed)
        $problem.Exception.Message | Should -Match $says
        $problem.TargetObject.ExitReason | Should -Be 'StartFailed'
    }

    It 'is not tried again, and takes its siblings along' {
        $problem = { Start-ClusterMaster -WorkerCount 2 -Name twins -ScriptBlock {
                if ($ClusterWorker.Id -eq 2) { throw 'the second one fails' }
                Receive-WorkerMessage -Wait
            } } | Should -Throw -PassThru
        $problem.Exception.Message | Should -Match 'Worker 2 .*the second one fails'
        (Get-ClusterMaster twins).State | Should -Be 'Stopped'
        @(Receive-ClusterEvent -Master twins -Name Fork) | Should -HaveCount 2
        Get-ClusterWorker -Master twins -IncludeExited | ForEach-Object { Test-ProcessAlive $_.ProcessId } | Should -Be $false, $false
    }
}

Describe 'Parameters of the start that are not usable' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '-WorkerCount <_>' -ForEach 0, -1, 1025 {
        { Start-ClusterMaster -WorkerCount $_ } | Should -Throw -ErrorId (Get-Id ParameterArgumentValidationError) -ExpectedMessage '*WorkerCount*1*'
    }

    It '<title>' -ForEach @(
        @{ title = 'a directory that is missing'; with = @{ WorkingDirectory = './no such directory' }; id = 'DirectoryNotFound'; says = 'no such directory' }
        @{ title = 'an environment variable with a wrong name'; with = @{ Environment = @{ 'a=b' = 1 } }; id = 'EnvironmentInvalid'; says = 'a=b' }
        @{ title = 'an environment variable with an empty name'; with = @{ Environment = @{ '' = 1 } }; id = 'EnvironmentInvalid'; says = 'not a valid environment variable name' }
        @{ title = 'an environment variable with a NUL in its name'; with = @{ Environment = @{ "a`0b" = 1 } }; id = 'EnvironmentInvalid'; says = 'not a valid environment variable name' }
        @{ title = 'an environment variable with a NUL in its value'; with = @{ Environment = @{ A = "x`0y" } }; id = 'EnvironmentInvalid'; says = "'A'.*NUL" }
        @{ title = 'an environment variable with half a surrogate pair in its name'; with = @{ Environment = @{ "a$([char] 0xD800)b" = 1 } }; id = 'EnvironmentInvalid'; says = 'not a valid environment variable name' }
        @{ title = 'an environment variable with half a surrogate pair in its value'; with = @{ Environment = @{ A = "x$([char] 0xDC00)" } }; id = 'EnvironmentInvalid'; says = "'A'.*surrogate" }
        @{ title = 'an environment variable that is too long'; with = @{ Environment = @{ A = 'x' * 131072 } }; id = 'EnvironmentInvalid'; says = "'A' is too long" }
        @{ title = 'an environment variable of the module''s own'; with = @{ Environment = @{ CLUSTER_WORKER_TOKEN = 'x' } }; id = 'EnvironmentInvalid'; says = 'CLUSTER_WORKER_TOKEN' }
        @{ title = 'a $using: variable that is not set'; with = @{ ScriptBlock = { $using:notSetAnywhere } }; id = 'UsingExpressionInvalid'; says = 'notSetAnywhere' }
        @{ title = 'an argument that is no data'; with = @{ ArgumentList = @([securestring]::new()); ScriptBlock = { } }; id = 'BodyNotSerializable'; says = 'SecureString' }
        @{ title = 'a host that is missing'; with = @{ HostPath = './no-such-host' }; id = 'HostNotFound'; says = 'no-such-host' }
        @{ title = 'a host that is not on PATH'; with = @{ HostPath = 'no-such-host' }; id = 'HostNotFound'; says = 'no-such-host' }
    ) {
        $problem = Get-StartError $with
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id $id)
        $problem.Exception.Message | Should -Match $says
    }
}

Describe 'A current directory that was deleted' -Skip:([bool] $IsWindows) {
    BeforeAll {
        $gone = [System.IO.Directory]::CreateDirectory((Join-Path $TestDrive 'gone')).FullName
        Push-Location -LiteralPath $gone
        [System.IO.Directory]::Delete($gone)
    }

    AfterAll {
        Pop-Location
    }

    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'is named, before anything starts' {
        $problem = Get-StartError @{ ScriptBlock = { } }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id DirectoryNotFound)
        $problem.Exception.Message | Should -Match ([regex]::Escape($gone))
        $problem.Exception.Message | Should -Match '-WorkingDirectory'
    }

    It 'is no matter with -WorkingDirectory' {
        $null = Start-ClusterMaster { "$PWD" } -WorkerCount 1 -WorkingDirectory $TestDrive
        Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody | Should -Be "$TestDrive"
    }

    It 'is no matter on a drive that is not of the file system' {
        Push-Location Env:
        try {
            $null = Start-ClusterMaster { "$PWD" } -WorkerCount 1
            Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody | Should -BeLike 'Env:*'
        }
        finally {
            Pop-Location
        }
    }
}

Describe 'A host that is no host' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'cannot be started' {
        $problem = Get-StartError @{ HostPath = "$PSScriptRoot/Files/Greeting.psm1" }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id HostStartFailed)
        $problem.Exception.Message | Should -Match 'Greeting\.psm1'
    }

    It 'ends without having connected: its code and its stderr are told' {
        $problem = Get-StartError @{ HostArgument = '-Command', '[System.Console]::Error.WriteLine("no luck today"); exit 12 #' }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id WorkerStartFailed)
        $problem.Exception.Message | Should -Match 'exit code 12'
        $problem.Exception.Message | Should -Match 'no luck today'
    }

    It 'writes its error in colours: they are left out' {
        $problem = Get-StartError @{ HostArgument = '-Command', '[System.Console]::Error.WriteLine("$([char] 27)[31;1mno $([char] 27)[0mluck"); exit 12 #' }
        $problem.Exception.Message | Should -Match 'no luck'
        $problem.Exception.Message.Contains([char] 27) | Should -BeFalse
    }

    It 'starts PowerShell as a child and not in its own place: both processes are named, at once' -Skip:([bool] $IsWindows) {
        $wrapper = Join-Path $TestDrive 'wrapper'
        Set-Content -LiteralPath $wrapper -Value "#!/bin/sh`n'$(Get-HostProgram)' `"`$@`"`nexit `$?"
        & /bin/chmod 700 $wrapper
        # The error comes long before this time is over.
        $problem = Get-StartError @{ HostPath = $wrapper; StartupTimeoutSec = 3600; ScriptBlock = { } }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id HostStartFailed)
        $problem.Exception.Message | Should -Match 'started as process (\d+),.* process (\d+)'
        $problem.Exception.Message -match 'started as process (\d+),.* process (\d+)' | Should -BeTrue
        $Matches[1] | Should -Not -Be $Matches[2]
        $problem.Exception.Message | Should -Match 'exec pwsh'
        $problem.Exception.Message.Contains([char] 27) | Should -BeFalse
    }

    It 'never connects: after -StartupTimeoutSec, with its stderr' {
        # The time is enough for the host to start and to write on a machine that is busy with other things.
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $problem = Get-StartError @{ StartupTimeoutSec = 5; HostArgument = '-Command', '[System.Console]::Error.WriteLine("waiting for nothing"); Start-Sleep 600 #' }
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual 5
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id WorkerStartTimeout)
        $problem.Exception.Message | Should -Match '5 s'
        $problem.Exception.Message | Should -Match 'did not connect'
        $problem.Exception.Message | Should -Match 'waiting for nothing'
    }

    It 'connects, and its preparation does not end in time' {
        $problem = Get-StartError @{ StartupTimeoutSec = 3; InitializationScript = { while ($true) { } } }
        $problem.FullyQualifiedErrorId | Should -Be (Get-Id WorkerStartTimeout)
        $problem.Exception.Message | Should -Match 'StartupTimeoutSec'
    }

    It 'fails with -NoWait: the exit event and the wait for ready say why' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { throw 'nobody waits' }
        $event = Receive-ClusterEvent -Name Exit -Count 1 -TimeoutSec 30
        $event.Reason | Should -Match 'nobody waits'
        $event.Worker.ExitReason | Should -Be 'StartFailed'
        { Wait-ClusterWorker $event.Worker -State Ready -TimeoutSec 30 -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage '*nobody waits*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
