# Invoke-ClusterWorker when something goes wrong: objects that take too long, do not stop, or kill their worker; and its own end before
# the end of the input.
# In a process of its own: what other files have left for the collector would be measured.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"

    # Waits until so many workers can take work, and no others are there.
    function Wait-Pool([int] $Count = 2) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while (@(Get-ClusterWorker -State Ready).Count -ne $Count) {
            if ($clock.Elapsed.TotalSeconds -gt 60) { throw "The pool has not come back: $(Get-ClusterWorker | Out-String)" }
            [System.Threading.Thread]::Sleep(20)
        }
    }
}

Describe 'A map with failures' {
    BeforeAll {
        $pool = Start-ClusterMaster -WorkerCount 2
    }

    AfterAll {
        $pool | Stop-ClusterMaster
    }

    AfterEach {
        Wait-Pool
        1..4 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..4)
    }

    Context '-TimeoutSec' {
        It 'stops the object that takes too long and no other' {
            1..6 | Invoke-ClusterWorker { 'before'; if ($_ -eq 3) { Start-Sleep 60 }; $_ } -TimeoutSec 1 -Ordered -ErrorVariable failures -ErrorAction SilentlyContinue |
                Should -Be 'before', 1, 'before', 2, 'before', 'before', 4, 'before', 5, 'before', 6
            $failures | Should -HaveCount 1
            $failures[0].TargetObject | Should -Be 3
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'ItemTimeout,*'
            $failures[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        }

        It 'counts from the begin of each object, not from when it is sent' {
            1..20 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 200; $_ } -TimeoutSec 1.5 -BatchSize 10 -Ordered | Should -Be (1..20)
        }

        It 'replaces a worker in which the object does not stop, and runs all others' {
            $before = (Get-ClusterWorker).Id
            1..30 | Invoke-ClusterWorker { if ($_ -eq 2) { [System.Threading.Thread]::Sleep(-1) }; $_ } -TimeoutSec 1 -ErrorVariable failures -ErrorAction SilentlyContinue |
                Sort-Object | Should -Be (@(1) + 3..30)
            $failures.TargetObject | Should -Be 2
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while (-not (Get-ClusterWorker -IncludeExited | Where-Object ExitReason -EQ Hung) -and $clock.Elapsed.TotalSeconds -lt 60) { [System.Threading.Thread]::Sleep(20) }
            Wait-Pool
            @((Get-ClusterWorker).Id | Where-Object { $_ -in $before }).Count | Should -Be 1
        }

        It 'lets others finish that run beside the one that does not stop' {
            1..8 | Invoke-ClusterWorker { if ($_ -eq 1) { [System.Threading.Thread]::Sleep(-1) }; Start-Sleep -Milliseconds 2500; $_ } -ThrottleLimit 8 -TimeoutSec 4 -RetryCount 0 -ErrorVariable failures -ErrorAction SilentlyContinue |
                Sort-Object | Should -Be (2..8)
            $failures.TargetObject | Should -Be 1
        }
    }

    Context 'workers that die' {
        It 'names the object that has killed its worker, and runs all others' {
            1..200 | Invoke-ClusterWorker { if ($_ -in 50, 120) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }; $_ } -Ordered -ErrorVariable failures -ErrorAction SilentlyContinue |
                Should -Be (1..200 | Where-Object { $_ -notin 50, 120 })
            $failures.TargetObject | Sort-Object | Should -Be 50, 120
            $failures.FullyQualifiedErrorId | ForEach-Object { $_ | Should -BeLike 'ItemLost,*' }
        }

        It 'tries it as often as -RetryCount says, and writes no output twice' {
            $file = "$TestDrive/tries"
            1..20 | Invoke-ClusterWorker {
                "out $_"
                if ($_ -eq 7) {
                    [System.IO.File]::AppendAllText($using:file, 'x')
                    if ([System.IO.FileInfo]::new($using:file).Length -lt 3) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
                }
            } -BatchSize 1 -RetryCount 2 -Ordered | Should -Be (1..20 | ForEach-Object { "out $_" })
            (Get-Item $file).Length | Should -Be 3
        }

        It 'goes on after one that has written much, and gives it once' {
            $file = "$TestDrive/much"
            $out = 1..8 | Invoke-ClusterWorker {
                if ($_ -eq 3) {
                    foreach ($i in 1..45) { 'z' * 1MB }
                    if (-not [System.IO.File]::Exists($using:file)) {
                        [System.IO.File]::WriteAllText($using:file, '')
                        [System.Threading.Thread]::Sleep(500)
                        [System.Diagnostics.Process]::GetCurrentProcess().Kill()
                    }
                }
                $_
            } -BatchSize 1 -RetryCount 1
            $out | Where-Object { $_ -is [int] } | Sort-Object | Should -Be (1..8)
            @($out | Where-Object { $_ -is [string] }).Count | Should -Be 45
        }

        It 'says how often it was tried' {
            $result = 1 | Invoke-ClusterWorker { [System.Diagnostics.Process]::GetCurrentProcess().Kill() } -BatchSize 1 -RetryCount 1 -IncludeInput -ErrorAction SilentlyContinue
            $result.Attempt | Should -Be 2
            $result.Status | Should -Be 'Lost'
            "$($result.Error)" | Should -BeLike '*tried 2 times*'
        }

        It 'gives every result exactly once while workers are killed at random' {
            $state = [hashtable]::Synchronized(@{ Kills = 0; IsOver = $false })
            $killer = Start-Background {
                param($state, $pool)
                $random = [Random]::new(1)
                while (-not $state.IsOver) {
                    [System.Threading.Thread]::Sleep(400)
                    $workers = @(Get-ClusterWorker -Master $pool -State Ready)
                    if ($workers.Count -eq 2 -and -not $state.IsOver) {
                        try {
                            [System.Diagnostics.Process]::GetProcessById($workers[$random.Next(2)].ProcessId).Kill()
                            $state.Kills++
                        }
                        catch [System.ArgumentException] { }
                    }
                }
            } -ArgumentList $state, $pool
            try {
                $results = 1..2500 | Invoke-ClusterWorker { [System.Threading.Thread]::Sleep(1); $_ } -Ordered -RetryCount 100
            }
            finally {
                $state.IsOver = $true
                Wait-Background $killer
                Remove-Background $killer
            }
            $state.Kills | Should -BeGreaterThan 1
            $results | Should -Be (1..2500)
        }

        It 'blames the object that did it, not the one before, which has written much' {
            1..2 | Invoke-ClusterWorker { if ($_ -eq 2) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }; 'x' * 40000 } -BatchSize 2 -ErrorVariable failures -ErrorAction SilentlyContinue | Should -HaveCount 1
            $failures.TargetObject | Should -Be 2
        }

        It 'ends when workers die before they begin with an object' {
            { 1..10 | Invoke-ClusterWorker { $_ } -InitializationScript { [System.Diagnostics.Process]::GetCurrentProcess().Kill() } } | Should -Throw -ErrorId 'MapNotStarted,*'
        }

        It 'ends when no worker is left and none will come' {
            $single = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -Name Single
            try {
                { 1..5 | Invoke-ClusterWorker { [System.Diagnostics.Process]::GetCurrentProcess().Kill() } -Master $single -ErrorAction SilentlyContinue } |
                    Should -Throw -ErrorId 'WorkersGone,*'
            }
            finally {
                $single | Stop-ClusterMaster
            }
        }
    }

    Context 'a slow object' {
        It 'holds up no other' {
            $state = @{ Others = 0; OthersAtEnd = -1 }
            1..3000 | Invoke-ClusterWorker { if ($_ -eq 5) { Start-Sleep 6; 'slow' } else { $_ } } | ForEach-Object {
                if ($_ -eq 'slow') { $state.OthersAtEnd = $state.Others } else { $state.Others++ }
            }
            $state.OthersAtEnd | Should -Be 2999
        }
    }

    Context '-Halt' {
        It 'Soon finishes what runs, and begins no other' {
            $done = [System.Collections.Generic.List[int]]::new()
            { 1..10000 | Invoke-ClusterWorker { if ($_ % 10 -eq 0) { throw "t$_" }; Start-Sleep -Milliseconds 2; $_ } -Halt Soon -After 3 -ErrorAction SilentlyContinue | ForEach-Object { $done.Add($_) } } |
                Should -Throw -ErrorId 'MapHalted,*'
            $done.Count | Should -BeGreaterThan 20
            $done.Count | Should -BeLessThan 1000
        }

        It 'Now stops what runs' {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            { 1..10 | Invoke-ClusterWorker { if ($_ -eq 1) { Start-Sleep -Milliseconds 500; throw 'one' }; Start-Sleep 60 } -Halt Now -ErrorAction SilentlyContinue } |
                Should -Throw -ErrorId 'MapHalted,*'
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 30
        }

        It 'counts errors that end nothing, too' {
            { 1..1000 | Invoke-ClusterWorker { Write-Error "e$_"; Start-Sleep -Milliseconds 1 } -Halt Soon -After 5 -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'MapHalted,*'
        }
    }

    Context 'the end before the end' {
        It 'comes with -ErrorAction Stop' {
            { 1..100000 | Invoke-ClusterWorker { if ($_ -eq 50) { Write-Error 'fifty' }; $_ } -ErrorAction Stop } | Should -Throw 'fifty'
        }

        It 'comes with Select-Object -First, of an endless input' {
            & { for ($i = 1; ; $i++) { $i } } | Invoke-ClusterWorker { $_ } -Ordered | Select-Object -First 3 | Should -Be 1, 2, 3
        }

        It 'comes with a failure of all, though the input goes on' {
            { & { for ($i = 1; ; $i++) { $i; [System.Threading.Thread]::Sleep(1) } } | Invoke-ClusterWorker { $_ } -InitializationScript { throw 'never' } } | Should -Throw -ErrorId 'MapNotStarted,*'
        }

        It 'comes with -TotalTimeoutSec, though the input goes on' {
            { & { for ($i = 1; ; $i++) { [System.Threading.Thread]::Sleep(20); $i } } | Invoke-ClusterWorker { Start-Sleep 60 } -TotalTimeoutSec 1 } | Should -Throw -ErrorId 'MapTimeout,*'
        }

        It 'comes with -TotalTimeoutSec' {
            { 1..10 | Invoke-ClusterWorker { Start-Sleep 60 } -TotalTimeoutSec 1 } | Should -Throw -ErrorId 'MapTimeout,*'
        }

        It 'comes with Ctrl+C within a second, whatever <name>' -ForEach @(
            @{ name = 'the objects do'; block = { [System.IO.File]::WriteAllText($using:begun, ''); [System.Threading.Thread]::Sleep(-1) }; items = 1, 2, 3, 4 }
            @{ name = 'is written'; block = { [System.IO.File]::WriteAllText($using:begun, ''); while ($true) { 'x' * 10000 } }; items = 1, 2 }
            @{ name = 'the input does'; block = { [System.IO.File]::WriteAllText($using:begun, ''); $_ }; items = $null }
        ) {
            $begun = "$TestDrive/begun-$([guid]::NewGuid())"
            $background = Start-Background {
                param($pool, $text, $items, $begun)
                $block = [scriptblock]::Create($text)
                & { if ($items) { $items } else { for ($i = 1; ; $i++) { $i } } } | Invoke-ClusterWorker $block -Master $pool | Out-Null
            } -ArgumentList $pool, "$block", $items, $begun
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while (-not [System.IO.File]::Exists($begun) -and $clock.Elapsed.TotalSeconds -lt 60) { [System.Threading.Thread]::Sleep(5) }
            $clock.Restart()
            Stop-Background $background | Should -Be 'Stopped'
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 3
            Remove-Background $background
        }
    }

    Context 'memory' {
        It 'does not grow with the input' {
            $process = [System.Diagnostics.Process]::GetCurrentProcess()
            $state = @{ First = 0L }
            & { for ($i = 1; $i -le 60000; $i++) { 'x' * 2000 } } | Invoke-ClusterWorker { $_ } | ForEach-Object { $n = 0 } {
                if (++$n -eq 20000) { [GC]::Collect(); $process.Refresh(); $state.First = $process.WorkingSet64 }
            }
            [GC]::Collect()
            $process.Refresh()
            ($process.WorkingSet64 - $state.First) / 1MB | Should -BeLessThan 100
        }

        It 'does not grow with the results of objects while nobody takes them' {
            $process = [System.Diagnostics.Process]::GetCurrentProcess()
            $before = $process.WorkingSet64
            $state = @{ Grown = 0; Count = 0 }
            1..3000 | Invoke-ClusterWorker { 'x' * 200000 } | ForEach-Object {
                if (++$state.Count -eq 1) {
                    # Long enough for all of it, 600 MB, if nothing held it up.
                    [System.Threading.Thread]::Sleep(3000)
                    $process.Refresh()
                    $state.Grown = ($process.WorkingSet64 - $before) / 1MB
                }
            }
            $state.Count | Should -Be 3000
            $state.Grown | Should -BeLessThan 250
        }

        It 'is no limit for what is written with its input, or with tries' {
            (1..3 | Invoke-ClusterWorker { foreach ($i in 1..45) { 'z' * 1MB } } -IncludeInput | ForEach-Object { $_.Output.Count }) | Should -Be 45, 45, 45
            @(1..3 | Invoke-ClusterWorker { foreach ($i in 1..45) { 'z' * 1MB } } -RetryCount 1).Count | Should -Be 135
        }

        It 'does not grow with results that wait for their turn, and they come all the same' {
            $process = [System.Diagnostics.Process]::GetCurrentProcess()
            $before = $process.WorkingSet64
            $state = @{ Most = 0; Count = 0 }
            # The first object is slow; the second would write 400 MB meanwhile.
            1..3 | Invoke-ClusterWorker { if ($_ -eq 1) { Start-Sleep 4; 'first' } elseif ($_ -eq 2) { foreach ($i in 1..2000) { 'y' * 200000 } } else { 'last' } } -Ordered | ForEach-Object {
                if (++$state.Count -eq 1) {
                    $_ | Should -Be 'first'
                    $process.Refresh()
                    $state.Most = ($process.WorkingSet64 - $before) / 1MB
                }
                $last = $_
            }
            $state.Count | Should -Be 2002
            $last | Should -Be 'last'
            $state.Most | Should -BeLessThan 250
        }

        It 'does not grow with what an object writes while nobody takes it' {
            $process = [System.Diagnostics.Process]::GetCurrentProcess()
            $before = $process.WorkingSet64
            $out = 1..2 | Invoke-ClusterWorker { for ($i = 0; $i -lt 100000; $i++) { 'x' * 10000 } } | ForEach-Object { $n = 0 } {
                if (++$n -eq 1) { [System.Threading.Thread]::Sleep(1500) }
                if ($n -eq 200) { $process.Refresh(); [math]::Round(($process.WorkingSet64 - $before) / 1MB) }
            } | Select-Object -First 1
            $out | Should -BeLessThan 200
        }
    }
}

Describe 'Afterwards' { It 'nothing is left' { Assert-NothingLeft } }
