# -LogPath of Start-ClusterMaster: a log per slot with what the workers write, one per master with what happens to them.

BeforeDiscovery {
    # Root may write into a read-only directory, but makes nothing in the kernel's.
    $isRoot = -not $IsWindows -and "$(& /bin/sh -c 'id -u')".Trim() -eq '0'
    $readOnly = $isRoot -and $IsLinux ? '/sys/logs' : 'sealed/logs'
    $hasFullDevice = $IsLinux -and [System.IO.File]::Exists('/dev/full')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 60 }

    # The entries of a log, each of which must be a line of JSON by itself.
    function Read-Log([string] $Path) {
        Get-Content -LiteralPath $Path | Where-Object { $_ } | ForEach-Object { $_ | ConvertFrom-Json }
    }
    function Read-Slot([int] $Slot) {
        Read-Log "$logs/$($cluster.Name)/slot-$Slot.jsonl"
    }
    function Read-Master {
        Read-Log "$logs/$($cluster.Name)/master.jsonl"
    }
}

Describe 'What a worker writes' {
    BeforeAll {
        $logs = "$TestDrive/made/by the start"
        $cluster = Start-ClusterMaster {
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            'an object'
            [pscustomobject]@{ Name = 'x'; List = 1, 2 }
            , [byte[]] (1, 2, 3)
            Write-Error 'an error' -ErrorId Told -Category ResourceBusy
            Write-Warning 'a warning'
            Write-Verbose 'a verbose message'
            Write-Debug 'a debug message'
            Write-Information 'an information' -Tags one, two
            Write-Progress 'a progress' -PercentComplete 3
            Write-Host "two`nlines"
            [Console]::Out.WriteLine('a line of stdout')
            [Console]::Error.WriteLine('a line of stderr')
            Send-WorkerMessage 'a message'
        } -WorkerCount 2 -Name Named -LogPath $logs
        $workers = @(Get-ClusterWorker -IncludeExited)
        $null = @(Receive-WorkerMessage -Wait 2>&1 3>&1 4>&1 5>&1 6>&1)
        $cluster | Stop-ClusterMaster
        $entries = @(Read-Slot 1)
    }

    It 'is in the log of its slot, one line each, with time, worker, slot and process id' {
        $entries | Should -Not -BeNullOrEmpty
        foreach ($entry in $entries) {
            $entry.worker | Should -Be $workers[1].Id
            $entry.slot | Should -Be 1
            $entry.pid | Should -Be $workers[1].ProcessId
            ([datetime] $entry.time).ToUniversalTime() | Should -BeGreaterThan $cluster.StartTime.ToUniversalTime()
        }
        @(Read-Slot 0).Count | Should -Be $entries.Count
    }

    It 'has <text> in the stream <stream>' -ForEach @(
        @{ stream = 'output'; text = 'an object' }
        @{ stream = 'error'; text = 'an error' }
        @{ stream = 'warning'; text = 'a warning' }
        @{ stream = 'verbose'; text = 'a verbose message' }
        @{ stream = 'debug'; text = 'a debug message' }
        @{ stream = 'information'; text = 'an information' }
        @{ stream = 'information'; text = "two`nlines" }
        @{ stream = 'stdout'; text = 'a line of stdout' }
        @{ stream = 'stderr'; text = 'a line of stderr' }
    ) {
        @($entries | Where-Object { $_.stream -eq $stream -and $_.text -eq $text }) | Should -HaveCount 1
    }

    It 'has objects as JSON, and of raw bytes the number' {
        $output = @($entries | Where-Object stream -EQ output)
        $output | Should -HaveCount 3
        $output[1].body.Name | Should -Be x
        $output[1].body.List | Should -Be 1, 2
        $output[2].bytes | Should -Be 3
    }

    It 'says of an error its id, category and place, and of an information its tags' {
        $failure = @($entries | Where-Object stream -EQ error)[0]
        $failure.errorId | Should -Be Told
        $failure.category | Should -Be ResourceBusy
        $failure.stack | Should -Match '<ScriptBlock>'
        @($entries | Where-Object text -EQ 'an information')[0].tags | Should -Be one, two
    }

    It 'keeps the order in which the script wrote, and leaves out progress and messages' {
        $entries.stream | Where-Object { $_ -notlike 'std*' } |
            Should -Be output, output, output, error, warning, verbose, debug, information, information
    }

    It 'can be read by the user alone' -Skip:($IsWindows) {
        foreach ($path in @("$logs/Named/master.jsonl", "$logs/Named/slot-0.jsonl")) {
            [System.IO.File]::GetUnixFileMode($path) | Should -Be ([System.IO.UnixFileMode] 'UserRead, UserWrite')
        }
        [System.IO.File]::GetUnixFileMode("$logs/Named") | Should -Be ([System.IO.UnixFileMode] 'UserRead, UserWrite, UserExecute')
    }
}

Describe 'What happens to the workers' {
    It 'is in the log of the master, with its reason, the same as the events' {
        $logs = "$TestDrive/events"
        $cluster = Start-ClusterMaster { exit 3 } -WorkerCount 1 -LogPath $logs -NoWait
        $worker = Get-ClusterWorker
        $null = $worker | Wait-ClusterWorker -State Exited @wait
        $cluster | Stop-ClusterMaster
        $events = @(Receive-ClusterEvent)
        $entries = @(Read-Master)
        $entries.event | Should -Be (@('Start') + $events.Name.ForEach('ToString') + 'Stop')
        $entries[1..$events.Count].reason | Should -Be $events.Reason
        $entries[0].reason | Should -Match '^1 workers of a script block'
        $exit = @($entries | Where-Object event -EQ Exit)[0]
        $exit.worker | Should -Be $worker.Id
        $exit.pid | Should -Be $worker.ProcessId
        $exit.exitReason | Should -Be StartFailed
        $exit.exitCode | Should -Be 3
    }

    It 'holds no token and no environment' {
        $logs = "$TestDrive/secrets"
        $cluster = Start-ClusterMaster { 'started' } -WorkerCount 1 -LogPath $logs -Environment @{ SPEC_SECRET = 'hunter2' }
        $null = @(Receive-WorkerMessage -Wait)
        $cluster | Stop-ClusterMaster
        $text = Get-ChildItem $logs -Recurse -File | ForEach-Object { [System.IO.File]::ReadAllText($_.FullName) }
        "$text" | Should -Match started
        "$text" | Should -Not -Match 'hunter2|CLUSTER_WORKER|[0-9A-F]{64}'
    }

    It 'is written as well when the master''s process just ends' {
        $started = Start-HostScript "$PSScriptRoot/Files/loaded-log-assemblies.ps1" -ArgumentList @((Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath, "$TestDrive/ends", 'leave')
        try {
            Read-HostScript $started | Should -BeLike 'loaded: *'
            $started.Process.WaitForExit(30000) | Should -BeTrue
        }
        finally {
            Stop-HostScript $started
        }
        $entries = @(Read-Log "$TestDrive/ends/Cluster1/master.jsonl")
        $entries[-1].event | Should -Be Stop
        @($entries | Where-Object { $_.event -eq 'Stopping' -and $_.reason -eq 'Stop the pipeline.' }) | Should -HaveCount 1
        @($entries | Where-Object { $_.event -eq 'Exit' -and $_.exitReason -eq 'Stopped' }) | Should -HaveCount 1
    }

    It 'goes on in the same files with the next master of that name' {
        $logs = "$TestDrive/again"
        foreach ($round in 1, 2) {
            $cluster = Start-ClusterMaster { $using:round } -Name Same -WorkerCount 1 -LogPath $logs
            $null = @(Receive-WorkerMessage -Wait)
            $cluster | Stop-ClusterMaster
        }
        @(Read-Master | Where-Object event -EQ Start) | Should -HaveCount 2
        @(Read-Slot 0).body | Should -Be 1, 2
    }

    It 'is kept inside the directory whatever the master is called' {
        $logs = "$TestDrive/names"
        foreach ($name in '..', 'a/../../b') {
            Start-ClusterMaster -Name $name -WorkerCount 1 -LogPath $logs | Stop-ClusterMaster
        }
        @(Get-ChildItem $logs).Name | Sort-Object | Should -Be '__', 'a_.._.._b'
        @(Get-ChildItem $TestDrive).Name | Should -Not -Contain b
    }
}

Describe '-LogFileBytes' {
    It 'rotates the logs by size and keeps the last five files, no line cut' {
        $logs = "$TestDrive/rotated"
        $cluster = Start-ClusterMaster { 1..500 | ForEach-Object { "line $_ " + 'x' * 100 } } -WorkerCount 1 -LogPath $logs -LogFileBytes 8KB
        @(Receive-WorkerMessage -Wait) | Should -HaveCount 500
        $cluster | Stop-ClusterMaster
        $files = @(Get-ChildItem "$logs/$($cluster.Name)" | Where-Object Name -Like 'slot-0*' | Sort-Object Name)
        $files | Should -HaveCount 5
        foreach ($file in $files) {
            # A line may go over the size, two may not.
            $file.Length | Should -BeLessThan 8.5KB
        }
        $numbers = @($files | ForEach-Object { Read-Log $_.FullName } | ForEach-Object { [int] ($_.text -split ' ')[1] })
        $numbers[-1] | Should -Be 500
        $numbers | Should -Be ($numbers[0]..500)
    }
}

Describe 'A log that cannot be written' {
    It 'is one warning and one event at the start, and messages arrive: <what>' -ForEach @(
        @{ what = 'the directory would be below a file'; path = 'file/logs'; skip = $false }
        @{ what = 'the directory is read-only'; path = $readOnly; skip = $IsWindows -or ($isRoot -and -not $IsLinux) }
    ) {
        if ($skip) {
            Set-ItResult -Skipped -Because 'this user may write everywhere'
        }
        Set-Content -LiteralPath "$TestDrive/file" -Value x
        $null = New-Item "$TestDrive/sealed" -ItemType Directory -Force
        if (-not $IsWindows) {
            [System.IO.File]::SetUnixFileMode("$TestDrive/sealed", [System.IO.UnixFileMode] 'UserRead, UserExecute')
        }
        $cluster = Start-ClusterMaster { 1..200; Write-Warning told } -WorkerCount 2 -LogPath ([System.IO.Path]::Combine("$TestDrive", $path)) -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match "^The log 'master' cannot be written: .* Messages are not affected\.$"
        @(Receive-WorkerMessage -Wait -WarningAction SilentlyContinue) | Should -HaveCount 400
        $cluster | Stop-ClusterMaster
        @(Receive-ClusterEvent LogFailed) | Should -HaveCount 1
    }

    It 'is one event when the disk gets full, and no message is lost' -Skip:(-not $hasFullDevice) {
        $logs = "$TestDrive/full"
        $null = New-Item "$logs/Full" -ItemType Directory -Force
        $null = [System.IO.File]::CreateSymbolicLink("$logs/Full/slot-0.jsonl", '/dev/full')
        $mode = [System.IO.File]::GetUnixFileMode('/dev/full')
        $cluster = Start-ClusterMaster { 1..2000 } -Name Full -WorkerCount 2 -LogPath $logs -WarningVariable warnings
        @(Receive-WorkerMessage -Wait) | Should -HaveCount 4000
        $cluster | Stop-ClusterMaster
        $warnings | Should -BeNullOrEmpty
        $failures = @(Receive-ClusterEvent LogFailed)
        $failures | Should -HaveCount 1
        $failures[0].Reason | Should -Match "^The log 'slot-0' cannot be written: .*[Nn]o space"
        # The others go on.
        @(Read-Slot 1) | Should -HaveCount 2000
        @(Read-Master | Where-Object event -EQ LogFailed) | Should -HaveCount 1
        [System.IO.File]::GetUnixFileMode('/dev/full') | Should -Be $mode
    }

    It 'a -LogPath that is not in the file system is an error' {
        { Start-ClusterMaster -WorkerCount 1 -LogPath Env:/logs } | Should -Throw -ErrorId 'DirectoryNotFound,*'
    }
}

Describe 'The library behind the logs' {
    BeforeAll {
        # In a process of its own: here it has been loaded long ago.
        function Get-LogAssembly([string[]] $Parameter) {
            $started = Start-HostScript "$PSScriptRoot/Files/loaded-log-assemblies.ps1" -ArgumentList (@((Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath) + $Parameter)
            try { Read-HostScript $started } finally { Stop-HostScript $started }
        }
    }

    It 'is not loaded without -LogPath' {
        Get-LogAssembly | Should -Be 'loaded: '
    }

    It 'is loaded in a context of its own with it' {
        Get-LogAssembly "$TestDrive/library" | Should -Be 'loaded: ClusterLog in Cluster log, Serilog in Cluster log, Serilog.Sinks.File in Cluster log'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
