# Rolling reload: the new worker is ready before the old one drains, and a failure leaves the old one where it was.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 60 }

    # A script file whose workers answer requests with their version, after a while if asked for it.
    function Set-Script([string] $Path, [string] $Version, [string] $First = '') {
        Set-Content -LiteralPath $Path -Value @"
$First
Receive-WorkerMessage -Wait | ForEach-Object {
    if (`$_.Body -is [int]) { Start-Sleep -Milliseconds `$_.Body }
    Send-WorkerMessage -ReplyTo `$_ -Body "$Version from `$(`$ClusterWorker.Id)"
}
"@
    }

    function Start-Versioned([int] $Count = 2, [hashtable] $With = @{}) {
        $script:path = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
        Set-Script $path 'v1'
        Start-ClusterMaster -ScriptPath $path -WorkerCount $Count @With
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Restart-ClusterWorker' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'replaces every worker by one that runs what the file says now' {
        $cluster = Start-Versioned
        $old = Get-ClusterWorker
        Set-Script $path 'v2'
        Invoke-WorkerRequest 'x' -Worker 1, 2 @wait | Should -Be 'v1 from 1', 'v1 from 2'
        $fresh = Get-ClusterWorker | Restart-ClusterWorker -PassThru
        $fresh.Id | Should -Be 3, 4
        $fresh.Slot | Should -Be 0, 1
        $fresh.State | Should -Be 'Ready', 'Ready'
        $fresh.Restarts | Should -Be 0, 0
        $old.ExitReason | Should -Be 'Stopped', 'Stopped'
        $old.ExitedAfterDisconnect | Should -Be $true, $true
        Get-ClusterWorker | ForEach-Object Id | Should -Be 3, 4
        $cluster.WorkerCount | Should -Be 2
        Invoke-WorkerRequest 'x' -Worker 3, 4 @wait | Should -Be 'v2 from 3', 'v2 from 4'
        (Receive-ClusterEvent Reload).Worker.Id | Should -Be 3, 4
        Receive-ClusterEvent Restart, GaveUp, ReloadAborted | Should -BeNullOrEmpty
    }

    It 'has the new one ready before the old one drains, one after the other' {
        $null = Start-Versioned
        $null = Receive-ClusterEvent
        Get-ClusterWorker | Restart-ClusterWorker
        Receive-ClusterEvent Ready, Reload, Stopping, Exit | ForEach-Object { "$($_.Name) $($_.Worker.Id)" } | Should -Be @(
            'Ready 3', 'Reload 3', 'Stopping 1', 'Exit 1', 'Ready 4', 'Reload 4', 'Stopping 2', 'Exit 2')
    }

    It 'replaces as many at once as -MaxSurge says' {
        $null = Start-Versioned
        $null = Receive-ClusterEvent
        Get-ClusterWorker | Restart-ClusterWorker -MaxSurge 2
        (Receive-ClusterEvent Fork, Exit).Name | Should -Be 'Fork', 'Fork', 'Exit', 'Exit'
    }

    It 'lets the old one answer what it has got, and gives it no more' {
        $null = Start-Versioned 1
        $old = Get-ClusterWorker
        $asking = Start-Background { param($Master) 300, 200, 100 | Invoke-WorkerRequest -Master $Master -TimeoutSec 60 } (Get-ClusterMaster)
        try {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while ($old.Sent -lt 3 -and $clock.Elapsed.TotalSeconds -lt 30) { [System.Threading.Thread]::Sleep(5) }
            $old.Sent | Should -Be 3
            $old | Restart-ClusterWorker
            Invoke-WorkerRequest 'x' @wait | Should -Be 'v1 from 2'
            Wait-Background $asking
            $asking.Output | Should -Be 'v1 from 1', 'v1 from 1', 'v1 from 1'
            $asking.Streams.Error | Should -BeNullOrEmpty
            $old.State | Should -Be 'Exited'
        }
        finally {
            Remove-Background $asking
        }
    }

    It 'fails no request in a flood of them' {
        $null = Start-Versioned
        $go = [System.Threading.ManualResetEventSlim]::new($true)
        $flood = Start-Background {
            param($Master, $Go)
            while ($Go.IsSet) { 1..20 | ForEach-Object { "r$_" } | Invoke-WorkerRequest -Master $Master -TimeoutSec 60 }
        } (Get-ClusterMaster), $go
        try {
            Wait-BackgroundOutput $flood 20
            1..4 | ForEach-Object { Get-ClusterWorker | Restart-ClusterWorker -MaxSurge (1 + $_ % 2) -ErrorAction Stop }
            $go.Reset()
            Wait-Background $flood
            $flood.Streams.Error | Should -BeNullOrEmpty
            $flood.Output.Count % 20 | Should -Be 0
            @($flood.Output -replace '.* ' | Sort-Object -Unique).Count | Should -BeGreaterThan 4
        }
        finally {
            $go.Reset()
            Remove-Background $flood
            $go.Dispose()
        }
    }

    It 'stops before anything is started if the script does not parse' {
        $null = Start-Versioned
        Set-Content -LiteralPath $path -Value 'if ('
        { Get-ClusterWorker | Restart-ClusterWorker -ErrorAction Stop } | Should -Throw -ErrorId 'ScriptParseError,*'
        @(Receive-ClusterEvent Fork) | Should -HaveCount 2
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '1 Ready', '2 Ready'
    }

    It 'keeps the old one if the new one fails, with the script''s own error, and tries no more' {
        $null = Start-Versioned
        Set-Script $path 'v2' -First 'throw "not this version"'
        Get-ClusterWorker | Restart-ClusterWorker -ErrorVariable problems -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        @($problems) | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -Match '^ReloadAborted,'
        $problems[0].Exception.Message | Should -Match 'Worker 1 was not replaced and stays\. .*not this version'
        $problems[0].TargetObject.Id | Should -Be 1
        "$warnings" | Should -Match 'not replaced: 2'
        $aborted = Receive-ClusterEvent ReloadAborted
        $aborted.Worker.Id | Should -Be 1
        $aborted.Error.Exception.Message | Should -Be 'not this version'
        Receive-ClusterEvent GaveUp, Restart, Reload | Should -BeNullOrEmpty
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '1 Ready', '2 Ready'
        Invoke-WorkerRequest 'x' -Worker 1, 2 @wait | Should -Be 'v1 from 1', 'v1 from 2'
        # And a mended script is taken up.
        Set-Script $path 'v3'
        Get-ClusterWorker | Restart-ClusterWorker -ErrorAction Stop
        Invoke-WorkerRequest 'x' @wait | Should -Match '^v3'
    }

    It 'keeps the old one if the new one is not ready in time' {
        $null = Start-Versioned 1
        Set-Script $path 'v2' -First 'while ($true) { Start-Sleep -Milliseconds 100 }'
        # With -ExplicitReady nothing but the script itself makes it ready.
        Set-ClusterMaster -ExplicitReady
        { Get-ClusterWorker | Restart-ClusterWorker -TimeoutSec 1.5 -ErrorAction Stop } | Should -Throw -ErrorId 'ReloadAborted,*'
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '1 Ready'
        Invoke-WorkerRequest 'x' @wait | Should -Be 'v1 from 1'
    }

    It 'has a crash of the old one made good by the new one that is on its way' {
        $null = Start-Versioned 1
        Set-ClusterMaster -ExplicitReady
        Set-Script $path 'v2' -First "while (-not (Test-Path '$TestDrive/go')) { Start-Sleep -Milliseconds 50 }; Set-WorkerReady"
        $old = Get-ClusterWorker
        $killer = Start-Background {
            param($Master, $File)
            # The second worker is there: the first one may go.
            while ($Master.Workers.Count -lt 2 -or $Master.Workers[1].State -ne 'Online') { [System.Threading.Thread]::Sleep(20) }
            [System.Diagnostics.Process]::GetProcessById($Master.Workers[0].ProcessId).Kill()
            while ($Master.Workers.Count -gt 1) { [System.Threading.Thread]::Sleep(20) }
            [System.IO.File]::WriteAllText($File, 'go')
        } (Get-ClusterMaster), "$TestDrive/go"
        try {
            $fresh = $old | Restart-ClusterWorker -PassThru -ErrorAction Stop
            Wait-Background $killer
            $fresh.Id | Should -Be 2
            $old.ExitReason | Should -Be 'Crashed'
            Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '2 Ready'
            Receive-ClusterEvent Restart, GaveUp | Should -BeNullOrEmpty
        }
        finally {
            Remove-Background $killer
        }
    }

    It 'starts a worker that waits for its restart at once' {
        $null = Start-ClusterMaster -WorkerCount 1 -RestartDelaySec 3600 -MaxRestartDelaySec 3600 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { exit 1 }
        }
        Send-WorkerMessage 'go' -All
        $null = Wait-ClusterWorker 1 @wait
        $waiting = Get-ClusterWorker
        $waiting.State | Should -Be 'WaitingRestart'
        $fresh = $waiting | Restart-ClusterWorker -PassThru
        [object]::ReferenceEquals($fresh, $waiting) | Should -BeTrue
        $fresh.State | Should -Be 'Ready'
    }

    It 'fills a slot that was given up' {
        $null = Start-ClusterMaster -WorkerCount 2 -MaxRestarts 0 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { exit 1 }
        }
        Send-WorkerMessage 'go' -Worker 1
        $null = Receive-ClusterEvent GaveUp -Count 1 @wait
        $fresh = Get-ClusterWorker -State Failed | Restart-ClusterWorker -PassThru
        $fresh.Id | Should -Be 3
        $fresh.Slot | Should -Be 0
        Get-ClusterWorker | ForEach-Object Id | Should -Be 2, 3
    }

    It 'does not start another one for a worker that has a successor, and goes on with the others' {
        $null = Start-ClusterMaster -WorkerCount 2 -MaxRestarts 1 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { exit 1 }
        }
        $old = Get-ClusterWorker
        $first = $old | Restart-ClusterWorker -PassThru
        $first | ForEach-Object Id | Should -Be 3, 4
        $second = $old[0], $first[1] | Restart-ClusterWorker -PassThru -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Match '^WorkerExited,'
        $problem[0].Exception.Message | Should -BeLike '*replaced by worker 3*'
        $second | ForEach-Object Id | Should -Be 5
        Get-ClusterWorker | ForEach-Object Id | Should -Be 3, 5
    }

    It 'does nothing with -WhatIf' {
        $null = Start-Versioned 1
        Get-ClusterWorker | Restart-ClusterWorker -WhatIf
        Get-ClusterWorker | ForEach-Object Id | Should -Be 1
    }

    It 'reports a worker that is not there, and goes on with the others' {
        $null = Start-Versioned 1
        99, 1 | Restart-ClusterWorker -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Match '^WorkerNotFound,'
        Get-ClusterWorker | ForEach-Object Id | Should -Be 2
    }

    It 'is ended by Ctrl+C: the new one is killed and the old one stays' {
        $null = Start-Versioned 1
        $null = Receive-ClusterEvent
        Set-ClusterMaster -ExplicitReady
        $restart = Start-Background { param($Worker) $Worker | Restart-ClusterWorker } (Get-ClusterWorker)
        try {
            (Receive-ClusterEvent Online -Count 1 @wait).Worker.Id | Should -Be 2
            Stop-Background $restart | Should -Be 'Stopped'
            (Receive-ClusterEvent ReloadAborted -Count 1 @wait).Worker.Id | Should -Be 1
            Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '1 Ready'
            Invoke-WorkerRequest 'x' @wait | Should -Be 'v1 from 1'
        }
        finally {
            Remove-Background $restart
        }
    }

    It 'is ended by a stop of the old one: nobody comes in its place' {
        $null = Start-Versioned 2
        $null = Receive-ClusterEvent
        Set-ClusterMaster -ExplicitReady
        $restart = Start-Background { param($Worker) $Worker | Restart-ClusterWorker } (Get-ClusterWorker 1)
        try {
            (Receive-ClusterEvent Online -Count 1 @wait).Worker.Id | Should -Be 3
            Stop-ClusterWorker 1
            # Its replacement would be ready only now, or never.
            Get-ClusterWorker 3 | Stop-ClusterWorker
            Wait-Background $restart
            $restart.Streams.Error[0].FullyQualifiedErrorId | Should -Match '^ReloadAborted,'
            Get-ClusterWorker | ForEach-Object Id | Should -Be 2
        }
        finally {
            Remove-Background $restart
        }
    }

    It 'is ended by a stop of the master' {
        $cluster = Start-Versioned 1
        $null = Receive-ClusterEvent
        Set-ClusterMaster -ExplicitReady
        $restart = Start-Background { param($Worker) $Worker | Restart-ClusterWorker } (Get-ClusterWorker)
        try {
            (Receive-ClusterEvent Online -Count 1 @wait).Worker.Id | Should -Be 2
            Stop-ClusterMaster
            $cluster.State | Should -Be 'Stopped'
            Wait-Background $restart
            $restart.Streams.Error[0].FullyQualifiedErrorId | Should -Match '^ReloadAborted,'
        }
        finally {
            Remove-Background $restart
        }
    }
}
