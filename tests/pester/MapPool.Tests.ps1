# The pool that Invoke-ClusterWorker runs on: which one it is, and what happens when it changes while a map runs.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
}

Describe 'The pool of Invoke-ClusterWorker' {
    It 'is started for the call, and nothing is left of it' {
        1..4 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..4)
        Get-ClusterMaster | Where-Object State -NE Stopped | Should -BeNullOrEmpty
        Assert-NothingLeft
    }

    It 'is not taken by another call of the same pipeline, nor by commands without -Master' {
        1..50 | Invoke-ClusterWorker { $_ } | Invoke-ClusterWorker { $_ * 2 } | Measure-Object -Sum | ForEach-Object Sum | Should -Be 2550
        { 1..2 | Invoke-ClusterWorker { $_ } | ForEach-Object { Send-WorkerMessage x -Any -ErrorAction Stop } } | Should -Throw -ErrorId 'MasterNotFound,*'
        Assert-NothingLeft
    }

    It 'has no more workers than -ThrottleLimit' {
        1..6 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 20; $PID } -ThrottleLimit 1 | Sort-Object -Unique | Should -HaveCount 1
    }

    It 'is the one that is named' {
        $first = Start-ClusterMaster -WorkerCount 1 -Name First
        $second = Start-ClusterMaster -WorkerCount 1 -Name Second
        try {
            { 1 | Invoke-ClusterWorker { $_ } } | Should -Throw '*First, Second*' -ErrorId 'MasterAmbiguous,*'
            1 | Invoke-ClusterWorker { $ClusterWorker.ClusterName } -Master Second | Should -Be 'Second'
            1 | Invoke-ClusterWorker { $ClusterWorker.ClusterName } -Master $first | Should -Be 'First'
        }
        finally {
            $first, $second | Stop-ClusterMaster
        }
    }

    It 'is no master whose workers run a script' {
        $scripted = Start-ClusterMaster -ScriptBlock { Receive-WorkerMessage -Wait } -WorkerCount 1
        try {
            { 1 | Invoke-ClusterWorker { $_ } -Master $scripted } | Should -Throw -ErrorId 'NotAPool,*'
            1 | Invoke-ClusterWorker { $ClusterWorker.ClusterName } | Should -Not -Be $scripted.Name
        }
        finally {
            $scripted | Stop-ClusterMaster
        }
    }

    It 'is not started in a worker' {
        1 | Invoke-ClusterWorker { try { 1 | Invoke-ClusterWorker { 1 } } catch { $_.FullyQualifiedErrorId } } | Should -BeLike 'NestedMaster,*'
    }

    It 'grows and shrinks while a map runs' {
        $pool = Start-ClusterMaster -WorkerCount 1
        try {
            $state = @{ IsChanged = $false }
            $used = 1..400 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 5; $ClusterWorker.Id } | ForEach-Object {
                if (-not $state.IsChanged) {
                    $state.IsChanged = $true
                    Set-ClusterMaster $pool -WorkerCount 2
                }
                $_
            }
            $used | Should -HaveCount 400
            $used | Sort-Object -Unique | Should -HaveCount 2
            $state.IsChanged = $false
            1..200 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 5; $_ } -Ordered | ForEach-Object {
                if (-not $state.IsChanged) {
                    $state.IsChanged = $true
                    Set-ClusterMaster $pool -WorkerCount 1
                }
                $_
            } | Should -Be (1..200)
            Get-ClusterWorker | Should -HaveCount 1
        }
        finally {
            $pool | Stop-ClusterMaster
        }
    }

    It 'stops its workers when it has had nothing to do, and starts them for the next call' {
        $pool = Start-ClusterMaster -WorkerCount 2 -IdleTimeoutSec 1
        try {
            1..4 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..4)
            # On a busy machine the pool may have been idle before the call, too: those that are there now are meant.
            Get-ClusterWorker | Wait-ClusterWorker -TimeoutSec 60
            Get-ClusterWorker | Should -BeNullOrEmpty
            $before = @(Get-ClusterWorker -IncludeExited).Count
            1..4 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..4)
            @(Get-ClusterWorker -IncludeExited).Count | Should -Be ($before + 2)
            Set-ClusterMaster $pool -IdleTimeoutSec 0 -WorkerCount 0
            { 1 | Invoke-ClusterWorker { $_ } } | Should -Throw -ErrorId 'WorkersGone,*'
        }
        finally {
            $pool | Stop-ClusterMaster
        }
    }

    It 'replaces workers after -MaxTasks objects, and loses none' {
        $pool = Start-ClusterMaster -WorkerCount 2 -MaxTasks 100
        try {
            1..1500 | Invoke-ClusterWorker { [System.Threading.Thread]::Sleep(3); $_ } -Ordered | Should -Be (1..1500)
            (Receive-ClusterEvent -Name Recycle | Measure-Object).Count | Should -BeGreaterThan 0
        }
        finally {
            $pool | Stop-ClusterMaster
        }
    }

    It 'may be restarted while a map runs, and no object is run twice' {
        $pool = Start-ClusterMaster -WorkerCount 2
        try {
            $state = @{ IsChanged = $false }
            $results = 1..300 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 3; [System.IO.File]::AppendAllText("$using:TestDrive/run-$_", 'x'); $_ } -Ordered | ForEach-Object {
                if (-not $state.IsChanged) {
                    $state.IsChanged = $true
                    Get-ClusterWorker | Restart-ClusterWorker
                }
                $_
            }
            $results | Should -Be (1..300)
            [System.IO.Directory]::GetFiles($TestDrive, 'run-*') | Where-Object { [System.IO.FileInfo]::new($_).Length -ne 1 } | Should -BeNullOrEmpty
        }
        finally {
            $pool | Stop-ClusterMaster
        }
    }
}

Describe 'Afterwards' { It 'nothing is left' { Assert-NothingLeft } }
