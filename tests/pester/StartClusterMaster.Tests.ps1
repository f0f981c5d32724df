# Start-ClusterMaster: its three ways of use, what it returns and when.

BeforeAll {
    $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module $module
}

Describe 'Start-ClusterMaster' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    Context 'with a script that has no extension' -Skip:([bool] $IsWindows) {
        It 'runs it, with its path and arguments' {
            $path = Join-Path $TestDrive 'service'
            Set-Content -LiteralPath $path -Value "#!/usr/bin/env pwsh`nparam(`$First)`n`$First, `$PSScriptRoot, `$PSCommandPath"
            $null = Start-ClusterMaster $path -WorkerCount 1 -ArgumentList 7
            Receive-WorkerMessage -Wait -ExpandBody | Should -Be 7, "$TestDrive", $path
        }

        It 'says so when it is not PowerShell' {
            $path = Join-Path $TestDrive 'shell'
            Set-Content -LiteralPath $path -Value "#!/bin/sh`nif [ -e x ]; then`n:`nfi"
            { Start-ClusterMaster $path -WorkerCount 1 } | Should -Throw -ErrorId 'ScriptParseError,*' -ExpectedMessage "*$path*"
        }
    }

    Context 'with a script block' {
        It 'returns the master once every worker is ready' {
            $before = [datetime]::Now
            $master = Start-ClusterMaster -WorkerCount 2 -ScriptBlock { Receive-WorkerMessage -Wait }
            $master | Should -HaveCount 1
            $master.GetType().FullName | Should -Be 'Cluster.Api.ClusterMaster'
            $master.State | Should -Be 'Running'
            $master.WorkerCount | Should -Be 2
            $master.ProcessId | Should -Be $PID
            $master.StartTime | Should -BeGreaterOrEqual $before
            $master.ScriptBlock.Trim() | Should -Be 'Receive-WorkerMessage -Wait'
            $master.Workers.State | Should -Be 'Ready', 'Ready'
        }

        It 'numbers workers from 1 and slots from 0, each in a process of its own' {
            $master = Start-ClusterMaster -WorkerCount 2 -ScriptBlock { Send-WorkerMessage $PID; Receive-WorkerMessage -Wait }
            $master.Workers.Id | Should -Be 1, 2
            $master.Workers.Slot | Should -Be 0, 1
            $told = Receive-WorkerMessage -Count 2 -TimeoutSec 30
            $told.Body | Sort-Object | Should -Be ($master.Workers.ProcessId | Sort-Object)
            $told.Body | Should -Not -Contain $PID
        }

        It 'starts one worker per core by default' {
            $master = Start-ClusterMaster { Receive-WorkerMessage -Wait }
            $master.Workers | Should -HaveCount ([System.Environment]::ProcessorCount)
        }

        It 'is satisfied with a script that ends at once' {
            $master = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { 'done' }
            $worker = Wait-ClusterWorker 1 -TimeoutSec 30
            $worker.ExitReason | Should -Be 'Completed'
            $master.State | Should -Be 'Idle'
            Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be 'done'
        }

        It 'holds several masters, each with its own workers' {
            $one = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
            $two = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait } -Name 'The Second'
            $one.Name | Should -Match '^Cluster\d+$'
            $two.Name | Should -Be 'The Second'
            Get-ClusterMaster | ForEach-Object Name | Should -Be $one.Name, 'The Second'
            Get-ClusterMaster 'the sec*' | ForEach-Object Name | Should -Be 'The Second'
            $two.Workers.Id | Should -Be 1
            $two.Workers.ProcessId | Should -Not -Be $one.Workers.ProcessId
            { Start-ClusterMaster -WorkerCount 1 -Name 'the second' } | Should -Throw -ErrorId 'MasterNameInUse,*' -ExpectedMessage "*'the second'*"
        }

        It 'gives the names of stopped masters free' {
            $null = Start-ClusterMaster -WorkerCount 1 -Name again
            Stop-ClusterMaster again
            (Start-ClusterMaster -WorkerCount 1 -Name again).Workers.Id | Should -Be 1
        }

        It 'reports each worker that gets ready as an event' {
            $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock { Receive-WorkerMessage -Wait }
            $events = Receive-ClusterEvent -Name Ready -Count 2 -TimeoutSec 30
            $events.Worker.Id | Sort-Object | Should -Be 1, 2
        }
    }

    Context 'with a script file' {
        It 'runs it in every worker, knowing where it lies' {
            $master = Start-ClusterMaster "$PSScriptRoot/Files/whereabouts.ps1" -WorkerCount 1 -ArgumentList 'a', 2, 'c'
            $master.ScriptPath | Should -Be (Resolve-Path "$PSScriptRoot/Files/whereabouts.ps1").ProviderPath
            $told = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody
            $told.path | Should -Be $master.ScriptPath
            $told.root | Should -Be (Split-Path $master.ScriptPath)
            $told.first | Should -Be 'a'
            $told.second | Should -Be 2
            $told.rest | Should -Be 'c'
        }

        It 'finds "<_>" in the current directory' -ForEach 'plain.ps1', 'with space.ps1', 'with [brackets] $dollar.ps1', "it's, Grüße 🎉.ps1" {
            $folder = Join-Path $TestDrive "folder of $([guid]::NewGuid())"
            $null = [System.IO.Directory]::CreateDirectory($folder)
            [System.IO.File]::WriteAllText((Join-Path $folder $_), 'Send-WorkerMessage $PSCommandPath')
            Push-Location -LiteralPath $folder
            try {
                $null = Start-ClusterMaster -ScriptPath "./$_" -WorkerCount 1
            }
            finally {
                Pop-Location
            }
            Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be (Join-Path $folder $_)
        }

        It 'lets one script play both roles' {
            $script = Start-HostScript "$PSScriptRoot/Files/two-roles.ps1" -ArgumentList $module
            try {
                1..2 | ForEach-Object { Read-HostScript $script } | Should -Be (@('Message spoken, received from the master') * 2)
                $script.Process.WaitForExit(30000) | Should -BeTrue
                $script.Process.ExitCode | Should -Be 0
            }
            finally {
                Stop-HostScript $script
            }
        }
    }

    Context 'with neither' {
        It 'keeps a pool of idle workers' {
            $master = Start-ClusterMaster -WorkerCount 2
            $master.ScriptPath | Should -BeNullOrEmpty
            $master.ScriptBlock | Should -BeNullOrEmpty
            $master.Workers.State | Should -Be 'Ready', 'Ready'
            $workers = Get-ClusterWorker
            Stop-ClusterMaster
            $workers.ExitReason | Should -Be 'Stopped', 'Stopped'
            $workers.ExitCode | Should -Be 0, 0
        }
    }

    Context 'in a worker' {
        It 'test-cluster-basic: a worker may have workers of its own with -AllowNested' {
            $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
                $null = Start-ClusterMaster -AllowNested -WorkerCount 1 -Name inner -ScriptBlock { Send-WorkerMessage "grandchild of $($ClusterWorker.ClusterName)" }
                $said = Receive-WorkerMessage -Master inner -Count 1 -TimeoutSec 30
                Stop-ClusterMaster inner
                Send-WorkerMessage "heard $($said.Body)"
            }
            Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'heard grandchild of inner'
        }
    }
}

Describe 'Test-ClusterMaster' {
    It 'is true here and false in a worker' {
        Test-ClusterMaster | Should -BeTrue
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Test-ClusterMaster }
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -BeExactly $false
        Stop-ClusterMaster
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
