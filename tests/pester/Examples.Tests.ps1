# The examples that ship: each runs as a user would run it, does what it says, and leaves nothing behind.

BeforeDiscovery {
    $why = if (-not (Get-Command nats-server -CommandType Application -ErrorAction Ignore)) { 'nats-server is not installed' }
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"

    # Runs an example to its end and gives its lines and its exit code.
    function Invoke-Example([string] $Name, [string[]] $ArgumentList = @()) {
        $run = Start-HostScript -Path ([System.IO.Path]::GetFullPath("$PSScriptRoot/../../examples/$Name")) -ArgumentList $ArgumentList
        try {
            $reading = $run.Process.StandardOutput.ReadToEndAsync()
            if (-not $run.Process.WaitForExit(120000)) { throw "The example $Name does not end." }
            [pscustomobject]@{
                Lines    = @($reading.Result -split '\r?\n' | Where-Object { $_ })
                ExitCode = $run.Process.ExitCode
                Id       = $run.Process.Id
            }
        }
        finally {
            Stop-HostScript $run
        }
    }
    $cores = [Environment]::ProcessorCount
}

Describe 'examples' {
    It 'hello-cluster.ps1: every worker and the master hear from each other' {
        $run = Invoke-Example 'hello-cluster.ps1'
        $run.ExitCode | Should -Be 0
        $run.Lines[0] | Should -Be "Master $($run.Id) has started $cores workers"
        $fromWorkers = @($run.Lines | Where-Object { $_ -match "^Master $($run.Id) receives 'Message from worker (\d+)' from worker \d+, process \1$" })
        $fromMaster = @($run.Lines | Where-Object { $_ -match "^Worker \d+, process \d+, receives 'Message from master $($run.Id)'$" })
        $fromWorkers.Count | Should -Be $cores
        $fromMaster.Count | Should -Be $cores
        $run.Lines.Count | Should -Be (2 * $cores + 1)
    }

    It 'fork.ps1: the shares of all workers make the known number of primes' {
        $run = Invoke-Example 'fork.ps1'
        $run.ExitCode | Should -Be 0
        @($run.Lines | Where-Object { $_ -like 'Worker in slot *' }).Count | Should -Be $cores
        $run.Lines[-1] | Should -Be 'Together, with the 2: 2262 primes below 20000'
    }

    It 'word-count.ps1: the workers count what a sequential run counts' {
        $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
        try {
            $null = [System.IO.Directory]::CreateDirectory("$folder/below")
            foreach ($number in 1..20) {
                [System.IO.File]::WriteAllText("$folder/text $number.txt", ('one two  three' + "`n") * $number)
                [System.IO.File]::WriteAllText("$folder/below/[$number].md", "four`tfive")
            }
            [System.IO.File]::WriteAllText("$folder/not a text.bin", 'six')
            $run = Invoke-Example 'word-count.ps1' '-Path', $folder
            $run.ExitCode | Should -Be 0
            $run.Lines[-3] | Should -Match '^670 words in 40 files$'
            $run.Lines[-1] | Should -Be 'Both counts agree.'
        }
        finally {
            [System.IO.Directory]::Delete($folder, $true)
        }
    }

    It 'supervise.ps1: every job is done although workers crash, hang, exit and leak, and it says what happened' {
        $run = Invoke-Example 'supervise.ps1'
        $run.ExitCode | Should -Be 0
        @($run.Lines | Where-Object { $_ -match '^Job \d+ \((work|leak)\) is done by worker \d+$' }).Count | Should -Be 15
        @($run.Lines | Where-Object { $_ -match '^Job (3|6|9) was lost: Worker \d+ has exited \((Crashed|Failed|Hung)\)' }).Count | Should -Be 3
        $run.Lines | Should -Contain '15 of 15 jobs are done; 2 workers are ready'
        $told = $run.Lines | Where-Object { $_ -match '^  (\w+) of worker' } | ForEach-Object { $Matches[1] }
        $told | Sort-Object | Should -Be (@('Exit') * 4 + 'Recycle' + 'Reload' + @('Restart') * 3 + $(if (-not $IsWindows) { 'Unresponsive' }))
    }

    It 'tcp-echo.ps1: the workers take turns' {
        $run = Invoke-Example 'tcp-echo.ps1'
        $run.ExitCode | Should -Be 0
        $run.Lines[0] | Should -Match "^$cores workers serve 127.0.0.1:\d+`$"
        $run.Lines[1..6] | ForEach-Object { ($_ -split ': ')[1] } | Should -Be (1..6 | ForEach-Object { "hello $_" })
        $run.Lines[1..6] | ForEach-Object { ($_ -split ': ')[0] } | Sort-Object -Unique | Should -HaveCount ([Math]::Min(6, $cores))
    }

    It "two-machines.ps1: every result comes once although a machine is cut off$(if ($why) { " (skipped: $why)" })" -Skip:([bool] $why) {
        $run = Invoke-Example 'two-machines.ps1'
        $run.ExitCode | Should -Be 0
        $run.Lines[0] | Should -BeLike 'The second machine is *'
        $run.Lines[1] | Should -Be 'second has joined; with this machine there are 2 workers.'
        $counts = @($run.Lines | ForEach-Object { if ($_ -match '^ +(\d+) from \S+$') { [int] $Matches[1] } })
        $counts.Count | Should -Be 2
        ($counts | Measure-Object -Sum).Sum | Should -Be 400
        @($run.Lines | Where-Object { $_ -like 'Lost: second: *' }).Count | Should -Be 1
        $run.Lines | Should -Contain 'Every result came once.'
        if ($run.Lines[0] -like '*namespace cl*') { $run.Lines[-1] | Should -Be 'The cable is in again: second has joined, for 1 workers.' }
    }

    It 'word-count.ps1: a folder without texts is an error' {
        $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
        $null = [System.IO.Directory]::CreateDirectory($folder)
        try {
            (Invoke-Example 'word-count.ps1' '-Path', $folder).ExitCode | Should -Be 1
        }
        finally {
            [System.IO.Directory]::Delete($folder)
        }
    }
}

Describe 'examples: afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
