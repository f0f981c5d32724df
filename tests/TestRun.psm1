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
    $waiting = [System.Collections.Generic.List[string]]::new([string[]] $files.FullName)
    $running = [System.Collections.Generic.List[object]]::new()
    try {
        while ($waiting.Count + $running.Count) {
            while ($running.Count -lt 2 -and $waiting.Count) {
                $running.Add((Start-SpecProcess -Path (Select-SpecBatch $waiting) -PesterPath $PesterPath -ResultFolder $resultFolder))
            }
            # In slices, so that Ctrl+C is seen.
            $null = $running[0].Reading.Wait(100)
            foreach ($process in @($running)) {
                Receive-SpecResult $process $TimeoutSec
                if ($process.HasEnded) {
                    $null = $running.Remove($process)
                    $waiting.InsertRange(0, $process.Files)
                    Remove-SpecProcess $process
                }
            }
        }
    }
    finally {
        foreach ($process in $running) { Remove-SpecProcess $process }
    }
}

# Takes the files of the next process from those that wait. Several share one, since half of its time goes into compiling Pester and
# the harness; fewer towards the end, so that both lanes end together. A file that says so has one of its own.
function Select-SpecBatch([System.Collections.Generic.List[string]] $Waiting) {
    $most = [math]::Clamp([int] [math]::Ceiling($Waiting.Count / 6), 1, 12)
    $count = 0
    foreach ($file in $Waiting | Select-Object -First $most) {
        if (Select-String -LiteralPath $file -Pattern '^# In a process of its own: ' -Quiet) {
            $count = [math]::Max($count, 1)
            break
        }
        $count++
    }
    $Waiting.GetRange(0, $count)
    $Waiting.RemoveRange(0, $count)
}

# Short on Unix, where the path of a socket may have about 100 bytes.
function New-SpecTemp {
    $base = if ($IsWindows) { [System.IO.Path]::GetTempPath() } else { '/tmp' }
    [System.IO.Directory]::CreateDirectory((Join-Path $base "spec-$([guid]::NewGuid().ToString('N').Substring(0, 8))")).FullName
}

# Starts a process that runs spec files.
function Start-SpecProcess {
    param([string[]] $Path, [string] $PesterPath, [string] $ResultFolder)

    foreach ($file in $Path) {
        [System.IO.File]::Delete((Join-Path $ResultFolder "$(Split-Path $file -Leaf).result"))
    }
    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
    $start.WorkingDirectory = (Get-Location).ProviderPath
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $endMark = "End of $([guid]::NewGuid())"
    $arguments = @('-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'Run-SpecFile.ps1'), '-ResultFolder', $ResultFolder, '-PesterPath', $PesterPath, '-HasOwnTemp', '-EndMark', $endMark) + $Path
    foreach ($argument in $arguments) {
        $start.ArgumentList.Add($argument)
    }
    $temp = New-SpecTemp
    foreach ($variable in 'TMPDIR', 'TEMP', 'TMP') {
        $start.Environment[$variable] = $temp
    }
    # Two processes that write PowerShell's start-up profile at the same time may damage it: see WorkerBootstrap.
    $start.Environment['DOTNET_MultiCoreJitNoProfileGather'] = '1'
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{
        Process = $process; Temp = $temp; ResultFolder = $ResultFolder; EndMark = $endMark; HasEnded = $false
        Files   = [System.Collections.Generic.List[string]]::new($Path)
        Clock   = [System.Diagnostics.Stopwatch]::StartNew()
        # Shown file by file, so that the lines of two files do not mix.
        Lines   = [System.Collections.Generic.List[string]]::new()
        Reading = $process.StandardOutput.ReadLineAsync()
        Errors  = $process.StandardError.ReadToEndAsync()
    }
}

# Reads what a process has written, shows it, and gives the count of each file that has ended. When the process has ended, or a file takes too
# long, which ends it, that file has failed; those behind it remain in Files.
function Receive-SpecResult {
    param($Spec, [int] $TimeoutSec)

    while ($Spec.Files.Count -and $Spec.Reading.IsCompleted -and $null -ne $Spec.Reading.Result) {
        $line = $Spec.Reading.Result
        $Spec.Reading = $Spec.Process.StandardOutput.ReadLineAsync()
        $name = Split-Path $Spec.Files[0] -Leaf
        if ($line -ne "$($Spec.EndMark) $name") {
            $Spec.Lines.Add($line)
            continue
        }
        Write-Host ($Spec.Lines -join "`n").Trim()
        $Spec.Lines.Clear()
        $Spec.Files.RemoveAt(0)
        $Spec.Clock.Restart()
        $passed, $failed, $skipped, $failures = @(Get-Content -LiteralPath (Join-Path $Spec.ResultFolder "$name.result"))
        # One is a text by itself, and none is nothing.
        New-TestCount $passed $failed $skipped @($failures | Where-Object { $_ })
    }
    if ($Spec.Files.Count -eq 0) {
        $Spec.HasEnded = $true
        return
    }
    $isLate = $Spec.Clock.Elapsed.TotalSeconds -ge $TimeoutSec
    # A line may have come meanwhile, which the next call reads; and a process that a spec has left behind may hold the other end.
    $isOver = $Spec.Process.HasExited -and (-not $Spec.Reading.Wait(5000) -or $null -eq $Spec.Reading.Result)
    if ($isLate -or $isOver) {
        $name = Split-Path $Spec.Files[0] -Leaf
        $Spec.Files.RemoveAt(0)
        $Spec.HasEnded = $true
        Write-Host ($Spec.Lines -join "`n").Trim()
        $how = $isLate ? "did not end within $TimeoutSec s and was killed" : "ended its process with exit code $($Spec.Process.ExitCode)"
        New-TestCount 0 1 0 "$name $how."
    }
}

# Ends a process of specs, shows what it has written to its error stream, and takes its folder away.
function Remove-SpecProcess {
    param($Spec)

    if ($Spec.HasEnded -and $Spec.Files.Count -eq 0) {
        # It has nothing more to do.
        $null = $Spec.Process.WaitForExit(10000)
    }
    if (-not $Spec.Process.HasExited) {
        $Spec.Process.Kill($true)
        $Spec.Process.WaitForExit()
    }
    if ($Spec.Errors.Wait(5000) -and $Spec.Errors.Result) { Write-Host $Spec.Errors.Result.TrimEnd() }
    $Spec.Process.Dispose()
    [System.IO.Directory]::Delete($Spec.Temp, $true)
}

Export-ModuleMember -Function Invoke-UnitTest, Invoke-SpecSuite
