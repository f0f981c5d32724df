# Runs the unit tests and the spec files, each in a process of its own, and counts what they say.

# Failures: a line for each, said again at the end of the run, where they are looked for.
function New-TestCount([int] $Passed, [int] $Failed, [int] $Skipped, [string[]] $Failures) {
    [pscustomobject]@{ Passed = $Passed; Failed = $Failed; Skipped = $Skipped; Failures = $Failures }
}

function Invoke-UnitTest {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Root,
        [string[]] $DotnetArguments
    )
    $project = Join-Path $Root 'tests/unit/ClusterCmdlets.UnitTests.csproj'
    Write-Host 'Unit tests ...'
    $folder = Join-Path $Root 'artifacts/test-results'
    $report = Join-Path $folder 'unit.trx'
    $null = New-Item $folder -ItemType Directory -Force
    [System.IO.File]::Delete($report)
    & dotnet test $project --no-build --results-directory $folder --logger "trx;LogFileName=unit.trx" --logger 'console;verbosity=minimal' @DotnetArguments |
        Where-Object { $_ } | Out-Host
    $code = $LASTEXITCODE
    if (-not (Test-Path $report)) {
        return New-TestCount 0 1 0 "Unit tests: dotnet test ended with exit code $code and no report."
    }
    $run = ([xml](Get-Content -LiteralPath $report -Raw)).TestRun
    $counters = $run.ResultSummary.Counters
    $passed = [int]$counters.passed
    $skipped = [int]$counters.total - [int]$counters.executed
    $failed = [int]$counters.executed - $passed
    $failures = @($run.Results.UnitTestResult | Where-Object outcome -EQ Failed | ForEach-Object { "$($_.testName): $($_.Output.ErrorInfo.Message)" })
    if ([int]$counters.total -eq 0) {
        $failures += 'Unit tests: the report has no test.'
        $failed = 1
    }
    if ($code -ne 0 -and $failed -eq 0) {
        # A crash of the test process is a failure, whatever its report says.
        $failures += "Unit tests: dotnet test ended with exit code $code."
        $failed = 1
    }
    Write-Host "Unit tests: $passed passed, $failed failed, $skipped skipped"
    New-TestCount $passed $failed $skipped $failures
}

# The PowerShell that runs this, as a program. Its process may have another one: that of a .NET tool is dotnet's.
function Get-PowerShellPath {
    Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
}

function Invoke-SpecSuite {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Root,
        [Parameter(Mandatory)] [string] $PesterPath,
        [string] $FileFilter = '*',
        [int] $TimeoutSec = 300
    )
    $files = @(Get-ChildItem (Join-Path $Root 'tests/pester') -Filter '*.Tests.ps1' -File | Where-Object { $_.Name -like $FileFilter -or $_.Name -like "$FileFilter.Tests.ps1" } | Sort-Object Name)
    # Two at a time: most of them wait for processes that start and end. Three were no faster on two cores, and more would make their
    # deadlines a matter of luck.
    Write-Host "Specs: $($files.Count) files, two at a time, run by Pester $(Split-Path (Split-Path $PesterPath) -Leaf) under PowerShell $($PSVersionTable.PSVersion)"
    $resultFolder = Join-Path $Root 'artifacts/test-results'
    $null = New-Item $resultFolder -ItemType Directory -Force
    $waiting = [System.Collections.Generic.Queue[object]]::new($files)
    $running = [System.Collections.Generic.List[object]]::new()
    try {
        while ($waiting.Count + $running.Count) {
            while ($running.Count -lt 2 -and $waiting.Count) {
                $running.Add((Start-SpecFile -Path $waiting.Dequeue().FullName -PesterPath $PesterPath -ResultFolder $resultFolder))
            }
            # In slices, so that Ctrl+C is seen.
            $null = $running[0].Process.WaitForExit(100)
            foreach ($spec in @($running | Where-Object { $_.Process.HasExited -or $_.Clock.Elapsed.TotalSeconds -ge $TimeoutSec })) {
                $null = $running.Remove($spec)
                Complete-SpecFile $spec $TimeoutSec
            }
        }
    }
    finally {
        foreach ($spec in $running) { Remove-SpecFile $spec }
    }
}

# Short on Unix, where the path of a socket may have about 100 bytes.
function New-SpecTemp {
    $base = if ($IsWindows) { [System.IO.Path]::GetTempPath() } else { '/tmp' }
    [System.IO.Directory]::CreateDirectory((Join-Path $base "spec-$([guid]::NewGuid().ToString('N').Substring(0, 8))")).FullName
}

# Starts one spec file in a process of its own, because a binary module cannot be loaded anew.
function Start-SpecFile {
    param([string] $Path, [string] $PesterPath, [string] $ResultFolder)

    $name = Split-Path $Path -Leaf
    $resultPath = Join-Path $ResultFolder "$name.result"
    [System.IO.File]::Delete($resultPath)
    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
    $start.WorkingDirectory = (Get-Location).ProviderPath
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $arguments = @('-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'Run-SpecFile.ps1'), '-Path', $Path, '-ResultPath', $resultPath, '-PesterPath', $PesterPath)
    foreach ($argument in $arguments) {
        $start.ArgumentList.Add($argument)
    }
    # A temp folder of its own: what is left in it was left by this file, whatever else runs on the machine.
    $temp = New-SpecTemp
    foreach ($variable in 'TMPDIR', 'TEMP', 'TMP') {
        $start.Environment[$variable] = $temp
    }
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{
        Name = $name; Process = $process; Temp = $temp; ResultPath = $resultPath; Clock = [System.Diagnostics.Stopwatch]::StartNew()
        # Shown when it has ended, so that the lines of two files do not mix.
        Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync()
    }
}

# Shows what a spec file has said, and counts it. One that has not ended in time is killed.
function Complete-SpecFile {
    param($Spec, [int] $TimeoutSec)

    try {
        $isLate = -not $Spec.Process.HasExited
        if ($isLate) {
            $Spec.Process.Kill($true)
            $Spec.Process.WaitForExit()
        }
        # A process that a spec has left behind may hold the other ends.
        foreach ($text in $Spec.Output, $Spec.Errors) {
            if ($text.Wait(5000) -and $text.Result) { Write-Host $text.Result.TrimEnd() }
        }
        if ($isLate) {
            return New-TestCount 0 1 0 "$($Spec.Name) did not end within $TimeoutSec s and was killed."
        }
        if (-not (Test-Path -LiteralPath $Spec.ResultPath)) {
            return New-TestCount 0 1 0 "$($Spec.Name) ended with exit code $($Spec.Process.ExitCode) and without a result."
        }
        $passed, $failed, $skipped, $failures = @(Get-Content -LiteralPath $Spec.ResultPath)
        # One is a text by itself, and none is nothing.
        $failures = @($failures | Where-Object { $_ })
        # The .NET runtime leaves these for a process that is killed; they say nothing about the file's own.
        $left = @([System.IO.Directory]::GetFileSystemEntries($Spec.Temp) | Where-Object { $_ -notmatch '[/\\](dotnet-diagnostic|clr-debug-pipe)-[^/\\]*$' })
        if ($left) {
            $failures += "$($Spec.Name) left behind: $($left -join ', ')"
        }
        New-TestCount $passed ([int] $failed + [int] [bool] $left) $skipped $failures
    }
    finally {
        Remove-SpecFile $Spec
    }
}

function Remove-SpecFile {
    param($Spec)

    if (-not $Spec.Process.HasExited) {
        $Spec.Process.Kill($true)
        $Spec.Process.WaitForExit()
    }
    $Spec.Process.Dispose()
    [System.IO.Directory]::Delete($Spec.Temp, $true)
}

Export-ModuleMember -Function Invoke-UnitTest, Invoke-SpecSuite
