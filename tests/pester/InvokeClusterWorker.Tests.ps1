# Invoke-ClusterWorker: what the script block sees, what comes back, and in which order.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
}

Describe 'Invoke-ClusterWorker' {
    BeforeAll {
        $pool = Start-ClusterMaster -WorkerCount 2
        function Get-Twice($value) { $value * 2 }
    }

    AfterAll {
        $pool | Stop-ClusterMaster
    }

    AfterEach {
        # The pool is the same and whole, whatever the call has done.
        Get-ClusterMaster | Should -HaveCount 1
        Get-ClusterWorker | Should -HaveCount 2
    }

    It 'runs the block for each object' {
        1..1000 | Invoke-ClusterWorker { $_ * 2 } | Measure-Object -Sum | ForEach-Object Sum | Should -Be 1001000
    }

    It 'uses both workers' {
        1..50 | Invoke-ClusterWorker { Start-Sleep -Milliseconds 10; $PID } | Sort-Object -Unique | Should -HaveCount 2
    }

    It 'keeps the order with -Ordered' {
        $slow = { if ($_ % 7 -eq 0) { Start-Sleep -Milliseconds 20 }; $_; "$_" }
        1..100 | Invoke-ClusterWorker $slow -Ordered | Should -Be (1..100 | ForEach-Object { $_; "$_" })
    }

    It 'gives the object as $_ and as the first argument, and -ArgumentList behind it' {
        1..3 | Invoke-ClusterWorker { param($item, $first, $second) "$_ $item $first $($second.key)" } -ArgumentList 'a', @{ key = 'b' } -Ordered |
            Should -Be '1 1 a b', '2 2 a b', '3 3 a b'
        1..2 | Invoke-ClusterWorker { "$($args[0])$($args[1])" } -ArgumentList x -Ordered | Should -Be '1x', '2x'
    }

    It 'gives objects of the input whole' {
        $made = [pscustomobject]@{ Name = 'ada'; List = 1, @(2, 3); When = [datetime]::UtcNow }
        $seen = $made | Invoke-ClusterWorker { $_ }
        $seen.Name | Should -Be 'ada'
        $seen.List[1][1] | Should -Be 3
        $seen.When.Kind | Should -Be 'Utc'
        [byte[]] $bytes = 1, 2, 255
        $back = , $bytes | Invoke-ClusterWorker { , $_ }
        , $back | Should -BeOfType [byte[]]
        $back | Should -Be 1, 2, 255
    }

    It 'takes null and empty objects' {
        $null, '', @() | Invoke-ClusterWorker { "[$($_.Count)]" } -Ordered | Should -Be '[0]', '[1]', '[0]'
    }

    It 'runs once without a pipeline, as ForEach-Object does, and not at all for an empty one' {
        Invoke-ClusterWorker { 'once' } | Should -Be 'once'
        @() | Invoke-ClusterWorker { 'never' } | Should -BeNullOrEmpty
        Invoke-ClusterWorker { $_ } -InputObject 5 | Should -Be 5
    }

    It 'returns what the block writes: nothing, one object, several, a list' {
        1..3 | Invoke-ClusterWorker { if ($_ -gt 1) { 1..$_ } } -Ordered | Should -Be 1, 2, 1, 2, 3
        $list = 1 | Invoke-ClusterWorker { , @(1, 2) }
        , $list | Should -BeOfType [object[]]
    }

    It 'gives each object a scope of its own' {
        1..20 | Invoke-ClusterWorker { $seen += $_; $seen; $null = $seen } -Ordered | Should -Be (1..20)
    }

    It 'runs <name>' -ForEach @(
        @{ name = 'a param block with a type'; block = { param([string] $text) $text.GetType().Name }; result = 'String', 'String' }
        @{ name = 'return'; block = { return "r$_"; 'never' }; result = 'r1', 'r2' }
        @{ name = 'a nested pipeline'; block = { 1..2 | ForEach-Object { $_ * 10 } | Where-Object { $_ -gt 10 } }; result = 20, 20 }
        @{ name = 'a nested block'; block = { & { "n$_" } }; result = 'n1', 'n2' }
        @{ name = 'a class'; block = { class Point { [int] $X }; [Point]@{ X = $_ } | ForEach-Object X }; result = 1, 2 }
        @{ name = 'continue, which ends the object'; block = { "c$_"; continue; 'never' }; result = 'c1', 'c2' }
        @{ name = 'break, which ends the object'; block = { "b$_"; break; 'never' }; result = 'b1', 'b2' }
        @{ name = 'exit 0, which ends the object'; block = { "e$_"; exit 0; 'never' }; result = 'e1', 'e2' }
    ) {
        1..2 | Invoke-ClusterWorker $block -Ordered | Should -Be $result
    }

    Context 'values of the caller' {
        It 'takes $using: values' {
            $offset = 100
            $table = @{ inner = @{ key = 'deep' } }
            1..2 | Invoke-ClusterWorker { $using:offset + $_; $using:table.inner.key } -Ordered | Should -Be 101, 'deep', 102, 'deep'
        }

        It 'takes $using: in blocks within the block' {
            $factor = 3
            1..2 | Invoke-ClusterWorker { 1..2 | ForEach-Object { $_ * $using:factor } } -Ordered | Should -Be 3, 6, 3, 6
        }

        It 'leaves $using: of an inner command to that command' {
            1..2 | Invoke-ClusterWorker { $own = $_; 1 | ForEach-Object -Parallel { "own $using:own" } } -Ordered | Should -Be 'own 1', 'own 2'
        }

        It 'takes script blocks by $using:' {
            $twice = { param($value) $value * 2 }
            1..3 | Invoke-ClusterWorker { & $using:twice $_ } -Ordered | Should -Be 2, 4, 6
        }

        It 'never makes code of an object of the input' {
            { 'code' } | Invoke-ClusterWorker { $_.GetType().Name } | Should -Be 'String'
        }

        It 'fails for a value that is not set, before anything runs' {
            { 1 | Invoke-ClusterWorker { $using:noSuchVariable } } | Should -Throw -ErrorId 'UsingExpressionInvalid,*'
        }

        It 'fails for a value that cannot be sent, and names it' {
            $secret = ConvertTo-SecureString 'x' -AsPlainText -Force
            { 1 | Invoke-ClusterWorker { $using:secret } } | Should -Throw '*$using:secret*' -ErrorId 'BodyNotSerializable,*'
        }

        It 'takes functions of the session, by name and by wildcard' {
            1..2 | Invoke-ClusterWorker { Get-Twice $_ } -Function Get-Twice -Ordered | Should -Be 2, 4
            1..2 | Invoke-ClusterWorker { Get-Twice $_ } -Function Get-Twi* -Ordered | Should -Be 2, 4
            { 1 | Invoke-ClusterWorker { 1 } -Function Get-NoSuch } | Should -Throw -ErrorId 'FunctionNotFound,*'
        }

        It 'takes filters as filters, and functions as blocks' {
            filter Get-Thrice { $_ * 3 }
            function Get-Sum { begin { $sum = 0 } process { $sum += $_ } end { "sum $sum" } }
            1..2 | Invoke-ClusterWorker { $_, 10 | Get-Thrice } -Function Get-Thrice -Ordered | Should -Be 3, 30, 6, 30
            1..10 | Invoke-ClusterWorker ${function:Get-Sum} | ForEach-Object { [int] $_.Substring(4) } | Measure-Object -Sum | ForEach-Object Sum | Should -Be 55
        }

        It 'takes functions away again after the call' {
            $null = 1..2 | Invoke-ClusterWorker { Get-Twice $_ } -Function Get-Twice
            1 | Invoke-ClusterWorker { Get-Command Get-Twice -ErrorAction Ignore } | Should -BeNullOrEmpty
        }

        It 'imports modules by path' {
            Set-Content "$TestDrive/MapSpec.psm1" 'function Get-FromModule($value) { "module $value" }'
            1..2 | Invoke-ClusterWorker { Get-FromModule $_ } -ImportModule "$TestDrive/MapSpec.psm1" -Ordered | Should -Be 'module 1', 'module 2'
        }

        It 'runs the initialization script once in each runspace' {
            $start = 40
            1..20 | Invoke-ClusterWorker { $mapCount } -InitializationScript { $global:mapCount = [int] $global:mapCount + 1 + $using:start } |
                Sort-Object -Unique | Should -Be 41
            $null = 1..20 | Invoke-ClusterWorker { $global:mapCount = 0 } -ThrottleLimit 2
        }

        It 'ends with the error of <name>' -ForEach @(
            @{ name = 'a module that is missing'; parameters = @{ ImportModule = 'NoSuchModule' }; text = '*NoSuchModule*' }
            @{ name = 'an initialization script that exits'; parameters = @{ InitializationScript = { exit 3 } }; text = '*exit 3*' }
            @{ name = 'an initialization script that throws'; parameters = @{ InitializationScript = { throw 'not today' } }; text = '*not today*' }
        ) {
            { 1..10 | Invoke-ClusterWorker { $_ } @parameters } | Should -Throw $text -ErrorId 'MapNotStarted,*'
            1..4 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..4)
        }

        It 'has the directory and the preferences of the caller' {
            Push-Location $TestDrive
            try {
                1 | Invoke-ClusterWorker { $PWD.Path } | Should -Be $PWD.Path
                $VerbosePreference = 'Continue'
                1 | Invoke-ClusterWorker { "$VerbosePreference" } | Should -Be 'Continue'
            }
            finally {
                Pop-Location
            }
        }
    }

    Context 'begin, process and end' {
        It 'runs begin and end once for the objects of a runspace' {
            $out = 1..100 | Invoke-ClusterWorker { begin { $sum = 0; 'begin' } process { $sum += $_ } end { $sum } }
            $sums = @($out | Where-Object { $_ -ne 'begin' })
            @($out | Where-Object { $_ -eq 'begin' }).Count | Should -Be $sums.Count
            $sums.Count | Should -BeIn 1, 2
            $sums | Measure-Object -Sum | ForEach-Object Sum | Should -Be 5050
        }

        It 'runs end in a worker that leaves in the middle' {
            $state = @{ IsChanged = $false }
            $out = 1..300 | Invoke-ClusterWorker { begin { $count = 0 } process { $count++; [System.Threading.Thread]::Sleep(3); $null } end { $count } } | ForEach-Object {
                if (-not $state.IsChanged) {
                    $state.IsChanged = $true
                    Get-ClusterWorker | Select-Object -First 1 | Restart-ClusterWorker
                }
                $_
            }
            $out | Where-Object { $_ } | Measure-Object -Sum | ForEach-Object Sum | Should -Be 300
        }

        It 'writes an error when a worker dies with what it has gathered' {
            1..20 | Invoke-ClusterWorker { begin { $sum = 0 } process { $sum++ } end { [System.Diagnostics.Process]::GetCurrentProcess().Kill(); $sum } } -ThrottleLimit 1 -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures.Count | Should -BeGreaterThan 0
            "$($failures[0])" | Should -BeLike "*'end' is lost*"
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while (@(Get-ClusterWorker -State Ready).Count -ne 2 -and $clock.Elapsed.TotalSeconds -lt 60) { [System.Threading.Thread]::Sleep(20) }
        }

        It 'begins anew for the object behind an error that ends process' {
            $out = 1..3 | Invoke-ClusterWorker { begin { 'begin' } process { if ($_ -eq 2) { throw 'two' }; $_ } } -ThrottleLimit 1 -BatchSize 3 -Ordered -ErrorVariable failures -ErrorAction SilentlyContinue
            $out | Should -Be 'begin', 1, 'begin', 3
            $failures.TargetObject | Should -Be 2
        }
    }

    Context 'streams' {
        It 'replays all streams in the order in which an object has written them' {
            $block = { 'one'; Write-Warning "w$_"; 'two'; Write-Host "h$_"; Write-Error "e$_"; Write-Information "i$_"; 'three' }
            $all = 1..2 | Invoke-ClusterWorker $block -Ordered 2>&1 3>&1 6>&1
            $all | ForEach-Object { "$_" } | Should -Be 'one', 'w1', 'two', 'h1', 'e1', 'i1', 'three', 'one', 'w2', 'two', 'h2', 'e2', 'i2', 'three'
            $all[1] | Should -BeOfType [System.Management.Automation.WarningRecord]
        }

        It 'gives each error its object as the target, and its position in the block' {
            $made = [pscustomobject]@{ Id = 7 }
            $made | Invoke-ClusterWorker {

                1 / 0
            } -ErrorVariable failures -ErrorAction SilentlyContinue
            [object]::ReferenceEquals($failures[0].TargetObject, $made) | Should -BeTrue
            $failures[0].FullyQualifiedErrorId | Should -Be 'RuntimeException'
            $failures[0].InvocationInfo.ScriptLineNumber | Should -Be 3
            $failures[0].InvocationInfo.Line | Should -BeLike '*1 / 0*'
        }

        It 'goes on behind an error that only ends a statement' {
            1..2 | Invoke-ClusterWorker { 1 / 0; "after $_" } -Ordered -ErrorAction SilentlyContinue | Should -Be 'after 1', 'after 2'
        }

        It 'goes on with the others behind an error that ends an object' {
            1..5 | Invoke-ClusterWorker { if ($_ -eq 3) { throw 'three' }; $_ } -Ordered -ErrorVariable failures -ErrorAction SilentlyContinue | Should -Be 1, 2, 4, 5
            $failures | Should -HaveCount 1
            $failures[0].TargetObject | Should -Be 3
            "$($failures[0])" | Should -Be 'three'
        }

        It 'writes an error for an object that cannot be sent, and goes on' {
            $secret = ConvertTo-SecureString 'x' -AsPlainText -Force
            1, $secret, 3 | Invoke-ClusterWorker { $_ } -Ordered -ErrorVariable failures -ErrorAction SilentlyContinue | Should -Be 1, 3
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'BodyNotSerializable,*'
            $failures[0].TargetObject | Should -Be $secret
        }

        It 'writes an error for output that cannot be sent' {
            1 | Invoke-ClusterWorker { ConvertTo-SecureString 'x' -AsPlainText -Force; 'rest' } -ErrorVariable failures -ErrorAction SilentlyContinue | Should -Be 'rest'
            $failures[0].TargetObject | Should -Be 1
        }
    }

    Context '-IncludeInput' {
        It 'writes one object for each object of the input' {
            $made = 1..4 | ForEach-Object { [pscustomobject]@{ Number = $_ } }
            $results = $made | Invoke-ClusterWorker { $_.Number; if ($_.Number -eq 2) { Write-Error 'two' }; if ($_.Number -eq 3) { throw 'three' }; 'end' } -IncludeInput -Ordered -ErrorAction SilentlyContinue
            $results.Index | Should -Be 0, 1, 2, 3
            $results.Status | Should -Be 'Succeeded', 'Failed', 'Failed', 'Succeeded'
            $results[0].Output | Should -Be 1, 'end'
            $results[1].Output | Should -Be 2, 'end'
            $results[2].Output | Should -Be 3
            [object]::ReferenceEquals($results[1].Input, $made[1]) | Should -BeTrue
            "$($results[2].Error)" | Should -Be 'three'
            $results.Attempt | Should -Be 1, 1, 1, 1
            $results.WorkerId | ForEach-Object { $_ | Should -BeIn (Get-ClusterWorker).Id }
            $results[0].Duration | Should -BeGreaterThan ([timespan]::Zero)
        }
    }

    Context 'batches' {
        It 'gives the same results with -BatchSize <size>' -ForEach @{ size = 1 }, @{ size = 7 }, @{ size = 1000 } {
            1..300 | Invoke-ClusterWorker { $_ } -BatchSize $size -Ordered | Should -Be (1..300)
        }

        It 'writes first results while input still goes in' {
            $state = @{ Given = 0; GivenAtFirst = -1 }
            & { foreach ($i in 1..100000) { $state.Given = $i; $i } } | Invoke-ClusterWorker { $_ } |
                ForEach-Object { if ($state.GivenAtFirst -lt 0) { $state.GivenAtFirst = $state.Given } }
            $state.GivenAtFirst | Should -BeLessThan 20000
        }

        It 'runs what has come while the input waits for more' {
            & { 1..6; while ([System.IO.Directory]::GetFiles($TestDrive, 'seen-*').Count -lt 6) { Start-Sleep -Milliseconds 10 }; 'last' } |
                Invoke-ClusterWorker { if ($_ -is [int]) { [System.IO.File]::WriteAllText("$using:TestDrive/seen-$_", '') }; $_ } | Should -HaveCount 7
        }

        It 'takes large objects, there and back' {
            $text = 'x' * 1MB
            $lengths = 1..40 | ForEach-Object { $text } | Invoke-ClusterWorker { $_; $_.Length }
            $lengths | Where-Object { $_ -is [int] } | Should -Be (@(1MB) * 40)
            @($lengths | Where-Object { $_ -is [string] }).Count | Should -Be 40
        }
    }

    Context '-ThrottleLimit' {
        It 'works on one object at a time' {
            $name = "$TestDrive/one-at-a-time"
            1..10 | Invoke-ClusterWorker {
                $file = [System.IO.File]::Open($using:name, 'OpenOrCreate', 'ReadWrite', 'None')
                Start-Sleep -Milliseconds 10
                $file.Dispose()
                'alone'
            } -ThrottleLimit 1 | Should -HaveCount 10
        }

        It 'works on more objects at once than there are workers' {
            # Each waits for all others.
            $folder = New-Item -ItemType Directory "$TestDrive/together"
            1..12 | Invoke-ClusterWorker {
                [System.IO.File]::WriteAllText("$($using:folder.FullName)/$_", '')
                $clock = [System.Diagnostics.Stopwatch]::StartNew()
                while ([System.IO.Directory]::GetFiles($using:folder.FullName).Count -lt 12 -and $clock.Elapsed.TotalSeconds -lt 60) { Start-Sleep -Milliseconds 20 }
                [System.IO.Directory]::GetFiles($using:folder.FullName).Count
            } -ThrottleLimit 12 | Should -Be (@(12) * 12)
        }

        It 'keeps the streams of objects apart that run in one worker' {
            $results = 1..12 | Invoke-ClusterWorker { $_; Start-Sleep -Milliseconds 30; Write-Error "e$_"; Write-Warning "w$_"; $_ } -ThrottleLimit 6 -IncludeInput -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
            foreach ($result in $results) {
                $result.Output | Should -Be $result.Input, $result.Input
                "$($result.Error)" | Should -Be "e$($result.Input)"
            }
        }
    }
}

Describe 'Afterwards' { It 'nothing is left' { Assert-NothingLeft } }
