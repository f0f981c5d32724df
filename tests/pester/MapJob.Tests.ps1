# Invoke-ClusterWorker as a job, and with a log by which it goes on where it was cut off.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
}

Describe 'Invoke-ClusterWorker -AsJob' {
    BeforeAll {
        $pool = Start-ClusterMaster -WorkerCount 2
    }

    AfterAll {
        $pool | Stop-ClusterMaster
    }

    AfterEach {
        Get-Job | Remove-Job -Force
        1..4 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..4)
    }

    It 'returns a job that Get-Job, Wait-Job, Receive-Job and Remove-Job know' {
        $job = 1..100 | Invoke-ClusterWorker { $_ * 2 } -Ordered -AsJob
        $job | Should -BeOfType [System.Management.Automation.Job]
        Get-Job -Id $job.Id | Should -Be $job
        $job | Wait-Job -Timeout 60 | Should -Be $job
        $job.State | Should -Be 'Completed'
        $job.HasMoreData | Should -BeTrue
        $job | Receive-Job | Should -Be (1..100 | ForEach-Object { $_ * 2 })
        $job | Receive-Job | Should -BeNullOrEmpty
        $job.HasMoreData | Should -BeFalse
        $job.StatusMessage | Should -Be '100 of 100 done'
        $job | Remove-Job
        Get-Job | Should -BeNullOrEmpty
    }

    It 'has the streams of the objects' {
        $job = 1..2 | Invoke-ClusterWorker { Write-Error "e$_"; Write-Warning "w$_"; "o$_" } -Ordered -AsJob | Wait-Job -Timeout 60
        $job | Receive-Job -ErrorVariable failures -WarningVariable warnings -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Should -Be 'o1', 'o2'
        $failures.TargetObject | Should -Be 1, 2
        "$warnings" | Should -Be 'w1 w2'
    }

    It 'gives results while it runs' {
        $job = 1..2 | Invoke-ClusterWorker { $_; if ($_ -eq 2) { while (-not [System.IO.File]::Exists("$using:TestDrive/go")) { Start-Sleep -Milliseconds 20 } } } -AsJob
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $early = @()
        while ($early -notcontains 1 -and $clock.Elapsed.TotalSeconds -lt 60) { $early += @($job | Receive-Job); [System.Threading.Thread]::Sleep(10) }
        $early | Should -Contain 1
        $job.State | Should -Be 'Running'
        Set-Content "$TestDrive/go" ''
        ($job | Wait-Job -Timeout 60).State | Should -Be 'Completed'
    }

    It 'is stopped by Stop-Job' {
        $job = 1..4 | Invoke-ClusterWorker { Start-Sleep 60 } -AsJob
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $job | Stop-Job
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        $job.State | Should -Be 'Stopped'
    }

    It 'fails with what the command would end with' {
        $job = 1..4 | Invoke-ClusterWorker { Start-Sleep 60 } -TotalTimeoutSec 0.5 -AsJob | Wait-Job -Timeout 60
        $job.State | Should -Be 'Failed'
        $job.Error[0].FullyQualifiedErrorId | Should -Be 'MapTimeout'
    }

    It 'is received and removed in one go' {
        $job = 1..50 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 5; $_ } -Ordered -AsJob
        $job | Receive-Job -Wait -AutoRemoveJob | Should -Be (1..50)
        Get-Job | Should -BeNullOrEmpty
        { $job.StopJob(); $job.Dispose(); $job.Dispose() } | Should -Not -Throw
    }

    It 'is handed out when it ends before its input' {
        $state = @{ Given = 0 }
        $job = & { foreach ($i in 1..20000) { $state.Given = $i; $i; if ($i % 100 -eq 0) { [System.Threading.Thread]::Sleep(1) } } } | Invoke-ClusterWorker { throw $_ } -Halt Soon -AsJob | Select-Object -First 1
        $job.State | Should -Be 'Failed'
        $state.Given | Should -BeLessThan 20000
    }

    It 'waits for the first object of more than are kept, in order' {
        $job = 0..12000 | Invoke-ClusterWorker { if ($_ -eq 0) { Start-Sleep 2 }; $_ } -Ordered -AsJob
        @($job | Wait-Job -Timeout 120 | Receive-Job).Count | Should -Be 12001
    }

    It 'takes more input than is kept' {
        $job = 1..30000 | Invoke-ClusterWorker { $_ } -Ordered -AsJob | Wait-Job -Timeout 120
        @($job | Receive-Job).Count | Should -Be 30000
    }
}

Describe 'A job without a pool' {
    It 'starts and stops one of its own' {
        $job = 1..4 | Invoke-ClusterWorker { $_ } -Ordered -AsJob
        $job | Wait-Job -Timeout 60 | Receive-Job | Should -Be (1..4)
        $job | Remove-Job
        Assert-NothingLeft
    }

    It 'stops it with the job' {
        $job = 1..4 | Invoke-ClusterWorker { Start-Sleep 60 } -AsJob
        $job | Remove-Job -Force
        Assert-NothingLeft
    }
}

Describe 'The job log' {
    BeforeAll {
        $pool = Start-ClusterMaster -WorkerCount 2
    }

    AfterAll {
        $pool | Stop-ClusterMaster
    }

    BeforeEach {
        $log = "$TestDrive/map-$([guid]::NewGuid()).jsonl"
    }

    It 'has a line for each object' {
        1..5 | Invoke-ClusterWorker { if ($_ -eq 3) { throw 'three' }; $_ } -JobLog $log -ErrorAction SilentlyContinue > $null
        $lines = Get-Content $log | ConvertFrom-Json | Sort-Object index
        $lines.index | Should -Be 0, 1, 2, 3, 4
        $lines.status | Should -Be 'Succeeded', 'Succeeded', 'Failed', 'Succeeded', 'Succeeded'
        $lines.attempts | Should -Be 1, 1, 1, 1, 1
        ($lines.hash | Sort-Object -Unique).Count | Should -Be 5
        $lines[0].worker | Should -BeIn (Get-ClusterWorker).Id
        $lines[0].start | Should -BeGreaterThan ([datetime]::UtcNow.AddMinutes(-5))
        $lines[0].milliseconds | Should -BeGreaterOrEqual 0
    }

    It 'lets -Resume leave out what has succeeded, whatever the order of the input' {
        1..10 | Invoke-ClusterWorker { if ($_ -in 3, 7) { throw 'not yet' }; $_ } -JobLog $log -ErrorAction SilentlyContinue > $null
        12..1 | Invoke-ClusterWorker { $_ } -JobLog $log -Resume -Ordered | Should -Be 12, 11, 7, 3
        1..12 | Invoke-ClusterWorker { $_ } -JobLog $log -Resume | Should -BeNullOrEmpty
        Get-Content $log | Should -HaveCount 14
    }

    It 'lets -RetryFailed run only what has failed' {
        1..10 | Invoke-ClusterWorker { if ($_ -in 3, 7) { Write-Error 'not yet' }; $_ } -JobLog $log -ErrorAction SilentlyContinue > $null
        1..20 | Invoke-ClusterWorker { $_ } -JobLog $log -RetryFailed -Ordered | Should -Be 3, 7
        1..20 | Invoke-ClusterWorker { $_ } -JobLog $log -RetryFailed -Ordered | Should -BeNullOrEmpty
    }

    It 'runs equal objects as often as they are there' {
        1, 1, 2 | Invoke-ClusterWorker { $_ } -JobLog $log > $null
        1, 1, 1, 2 | Invoke-ClusterWorker { $_ } -JobLog $log -Resume | Should -Be 1
    }

    It 'is read to its last whole line' {
        1..4 | Invoke-ClusterWorker { $_ } -JobLog $log > $null
        $bytes = [System.IO.File]::ReadAllBytes($log)
        [System.IO.File]::WriteAllBytes($log, $bytes[0..($bytes.Count - 12)])
        1..4 | Invoke-ClusterWorker { $_ } -JobLog $log -Resume | Should -HaveCount 1
        Get-Content $log | ConvertFrom-Json | Should -HaveCount 4
    }

    It 'has what was done when the call was cut off' {
        { 1..1000 | Invoke-ClusterWorker { if ($_ -eq 300) { Write-Error 'stop' }; $_ } -JobLog $log -ErrorAction Stop > $null } | Should -Throw
        $done = @(Get-Content $log).Count
        $done | Should -BeGreaterThan 0
        1..1000 | Invoke-ClusterWorker { $_ } -JobLog $log -Resume | Should -HaveCount (1000 - $done)
    }

    It 'knows hashtables whatever the order of their keys, in another process too' {
        $keys = 'alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'
        $table = @{}
        foreach ($key in $keys) { $table[$key] = 1 }
        $table | Invoke-ClusterWorker { 1 } -JobLog $log > $null
        $other = [ordered]@{}
        foreach ($key in $keys[5..0]) { $other[$key] = 1 }
        $other | Invoke-ClusterWorker { 1 } -JobLog $log -Resume | Should -BeNullOrEmpty
    }

    It 'has what was done while the command waits for more input' {
        $state = @{ Lines = 0 }
        & { 1; 2; $clock = [System.Diagnostics.Stopwatch]::StartNew(); while (@(Get-Content $log -ErrorAction Ignore).Count -lt 1 -and $clock.Elapsed.TotalSeconds -lt 20) { [System.Threading.Thread]::Sleep(50); 3 }; $state.Lines = @(Get-Content $log).Count } |
            Invoke-ClusterWorker { $_ } -JobLog $log > $null
        $state.Lines | Should -BeGreaterThan 0
    }

    It 'is begun anew without -Resume' {
        1..4 | Invoke-ClusterWorker { $_ } -JobLog $log > $null
        1..2 | Invoke-ClusterWorker { $_ } -JobLog $log > $null
        Get-Content $log | Should -HaveCount 2
    }

    It 'refuses <name>' -ForEach @(
        @{ name = 'another file'; content = 'hello'; parameters = @{ Resume = $true } }
        @{ name = '-Resume and -RetryFailed together'; content = ''; parameters = @{ Resume = $true; RetryFailed = $true } }
    ) {
        Set-Content $log $content
        { 1 | Invoke-ClusterWorker { $_ } -JobLog $log @parameters } | Should -Throw -ErrorId 'JobLogInvalid,*'
    }

    It 'refuses -Resume without a file, and a folder that is missing' {
        { 1 | Invoke-ClusterWorker { $_ } -Resume } | Should -Throw -ErrorId 'JobLogInvalid,*'
        { 1 | Invoke-ClusterWorker { $_ } -JobLog "$TestDrive/no/such/folder.jsonl" } | Should -Throw -ErrorId 'JobLogInvalid,*'
    }
}

Describe 'Afterwards' { It 'nothing is left' { Assert-NothingLeft } }
