# The parameters of Start-ClusterMaster that say what workers run, and with what.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # Starts one worker and returns the first object that it sends or writes.
    function Get-Answer([hashtable] $With) {
        $null = Start-ClusterMaster -WorkerCount 1 @With
        (Receive-WorkerMessage -Count 1 -TimeoutSec 60).Body
    }
}

Describe 'Start-ClusterMaster' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '-WorkingDirectory: relative to the current one, also with <_>' -ForEach 'spaces in it', '[brackets]' {
        $null = [System.IO.Directory]::CreateDirectory((Join-Path $TestDrive $_))
        Push-Location -LiteralPath $TestDrive
        try {
            Get-Answer @{ WorkingDirectory = "./$_"; ScriptBlock = { Send-WorkerMessage @("$PWD", [System.Environment]::CurrentDirectory) } } |
                Should -Be @((Join-Path $TestDrive $_), (Join-Path $TestDrive $_))
        }
        finally {
            Pop-Location
        }
    }

    It '-ArgumentList: by position, with their types, to param' {
        $answer = Get-Answer @{ ArgumentList = 1, 'two', $null, @(4, 5), @{ six = 6 }; ScriptBlock = {
                param([int] $One, $Two, $Three, $Four, $Five, $Absent = 'default')
                Send-WorkerMessage @{ one = $One; two = $Two; three = $null -eq $Three; four = $Four; six = $Five.six; absent = $Absent; rest = $args.Count }
            }
        }
        $answer.one, $answer.two, $answer.three, $answer.six, $answer.absent, $answer.rest | Should -Be 1, 'two', $true, 6, 'default', 0
        $answer.four | Should -Be 4, 5
    }

    It '-ArgumentList: to $args, and texts are never taken for parameters or code' {
        $given = '-Verbose', '$(throw)', 'a b', '"', "'", '--%', ''
        Get-Answer @{ ArgumentList = $given; ScriptBlock = { Send-WorkerMessage $args } } | Should -Be $given
    }

    It '-ImportModule: a file, relative to the current directory' {
        Push-Location -LiteralPath $PSScriptRoot
        try {
            Get-Answer @{ ImportModule = './Files/Greeting.psm1'; ScriptBlock = { Get-Greeting } } | Should -Be 'hello from Greeting'
        }
        finally {
            Pop-Location
        }
    }

    It '-ImportModule: a name, found by PSModulePath' {
        $folder = Join-Path $TestDrive 'modules'
        $null = New-Item (Join-Path $folder 'Greeting') -ItemType Directory -Force
        Copy-Item -LiteralPath "$PSScriptRoot/Files/Greeting.psm1" -Destination (Join-Path $folder 'Greeting')
        $before = $env:PSModulePath
        $env:PSModulePath = $before + [System.IO.Path]::PathSeparator + $folder
        try {
            Get-Answer @{ ImportModule = 'Greeting'; ScriptBlock = { Get-Module Greeting | ForEach-Object Name } } | Should -Be 'Greeting'
        }
        finally {
            $env:PSModulePath = $before
        }
    }

    It '-InitializationScript: runs first, in the same scope, with $using:' {
        $word = 'from here'
        Get-Answer @{
            ImportModule         = "$PSScriptRoot/Files/Greeting.psm1"
            InitializationScript = { $prepared = "$(Get-Greeting), $using:word"; function Get-Prepared { $prepared } }
            ScriptBlock          = { Get-Prepared }
        } | Should -Be 'hello from Greeting, from here'
    }

    It '-InitializationScript: a worker is ready only after it' {
        $null = Start-ClusterMaster -WorkerCount 1 -InitializationScript { Start-Sleep -Milliseconds 500; $env:SPEC_PREPARED = 'yes' }
        Get-ClusterWorker | ForEach-Object State | Should -Be 'Ready'
        $events = Receive-ClusterEvent
        $events.Name | Should -Be 'Fork', 'Online', 'Ready'
        ($events[2].Time - $events[1].Time).TotalMilliseconds | Should -BeGreaterOrEqual 490
    }

    It '$using: gives variables, properties and elements of the caller' {
        $text = 'plain'
        $table = @{ key = 'of a hashtable'; list = @('zero', 'one') }
        $nothing = $null
        $answer = Get-Answer @{ ScriptBlock = {
                Send-WorkerMessage @{
                    text    = $using:text
                    upper   = $using:TEXT
                    key     = $using:table.key
                    element = $using:table.list[1]
                    nothing = $null -eq $using:nothing
                    inner   = & { $using:text }
                    version = ($using:PSVersionTable).PSVersion.Major
                }
            }
        }
        $answer.text, $answer.upper, $answer.key, $answer.element, $answer.nothing, $answer.inner |
            Should -Be 'plain', 'plain', 'of a hashtable', 'one', $true, 'plain'
    }

    It '$using: values are copies of the moment of the start' {
        $list = [System.Collections.Generic.List[int]]::new()
        $list.Add(1)
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage @($using:list).Count } }
        $list.Add(2)
        Send-WorkerMessage 'go' -All
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 1
    }

    It '-HostPath: the program is used, by path and from $env:CLUSTER_HOST' {
        $program = Get-HostProgram
        (Start-ClusterMaster -WorkerCount 1 -Name path -HostPath $program).HostPath | Should -Be $program
        $before = $env:CLUSTER_HOST
        $env:CLUSTER_HOST = $program
        try {
            (Start-ClusterMaster -WorkerCount 1 -Name variable).HostPath | Should -Be $program
            $env:CLUSTER_HOST = 'no-such-host'
            { Start-ClusterMaster -WorkerCount 1 } | Should -Throw -ErrorId 'HostNotFound,*' -ExpectedMessage '*CLUSTER_HOST*'
            # What the parameter says goes before what the variable says.
            (Start-ClusterMaster -WorkerCount 1 -Name both -HostPath $program).HostPath | Should -Be $program
        }
        finally {
            $env:CLUSTER_HOST = $before
        }
    }

    It 'by default a worker runs under the host of its master' {
        $answer = Get-Answer @{ ScriptBlock = { [System.Environment]::ProcessPath } }
        $answer | Should -Be (Get-HostProgram)
    }

    It '-NoWait: returns at once, and messages are kept for the worker' {
        $master = Start-ClusterMaster -WorkerCount 1 -NoWait -InitializationScript { Start-Sleep -Milliseconds 300 } -ScriptBlock { Receive-WorkerMessage -Count 1 | ForEach-Object Body }
        $master.State | Should -Be 'Starting'
        Get-ClusterWorker | ForEach-Object State | Should -BeIn 'Starting', 'Online'
        Send-WorkerMessage 'early' -All
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'early'
    }

    It 'a script may send before it reads, and read before it sends' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            if ($ClusterWorker.Id -eq 1) { Send-WorkerMessage 'first'; Receive-WorkerMessage -Count 1 | ForEach-Object Body }
            else { Receive-WorkerMessage -Count 1 | ForEach-Object Body; Send-WorkerMessage 'last' }
        }
        Send-WorkerMessage 'between' -All
        $all = Receive-WorkerMessage -Wait
        $all | Where-Object WorkerId -EQ 1 | ForEach-Object Body | Should -Be 'first', 'between'
        $all | Where-Object WorkerId -EQ 2 | ForEach-Object Body | Should -Be 'between', 'last'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
