# Runs the unit tests and the spec files, each in a process of its own, and counts what they say.

function New-TestCount([int] $Passed, [int] $Failed, [int] $Skipped) {
    [pscustomobject]@{ Passed = $Passed; Failed = $Failed; Skipped = $Skipped }
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
        Write-Host "Unit tests: dotnet test ended with exit code $code and no report."
        return New-TestCount 0 1 0
    }
    $run = ([xml](Get-Content -LiteralPath $report -Raw)).TestRun
    $counters = $run.ResultSummary.Counters
    $passed = [int]$counters.passed
    $skipped = [int]$counters.total - [int]$counters.executed
    $failed = [int]$counters.executed - $passed
    if ([int]$counters.total -eq 0) {
        Write-Host 'Unit tests: the report has no test.'
        $failed = 1
    }
    if ($code -ne 0 -and $failed -eq 0) {
        # A crash of the test process is a failure, whatever its report says.
        Write-Host "Unit tests: dotnet test ended with exit code $code."
        $failed = 1
    }
    foreach ($result in $run.Results.UnitTestResult | Where-Object outcome -EQ Failed) {
        Write-Host "  [-] $($result.testName): $($result.Output.ErrorInfo.Message)"
    }
    Write-Host "Unit tests: $passed passed, $failed failed, $skipped skipped"
    New-TestCount $passed $failed $skipped
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
    Write-Host "Specs: $($files.Count) files, run by Pester $(Split-Path (Split-Path $PesterPath) -Leaf) under PowerShell $($PSVersionTable.PSVersion)"
    foreach ($file in $files) {
        Invoke-SpecFile -Path $file.FullName -PesterPath $PesterPath -ResultFolder (Join-Path $Root 'artifacts/test-results') -TimeoutSec $TimeoutSec
    }
}

# Short on Unix, where the path of a socket may have about 100 bytes.
function New-SpecTemp {
    $base = if ($IsWindows) { [System.IO.Path]::GetTempPath() } else { '/tmp' }
    [System.IO.Directory]::CreateDirectory((Join-Path $base "spec-$([guid]::NewGuid().ToString('N').Substring(0, 8))")).FullName
}

# Runs one spec file in a process of its own, because a binary module cannot be loaded anew, and within a time limit.
function Invoke-SpecFile {
    param([string] $Path, [string] $PesterPath, [string] $ResultFolder, [int] $TimeoutSec)

    $name = Split-Path $Path -Leaf
    $resultPath = Join-Path $ResultFolder "$name.result"
    $null = New-Item $ResultFolder -ItemType Directory -Force
    [System.IO.File]::Delete($resultPath)
    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
    $start.WorkingDirectory = (Get-Location).ProviderPath
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
    try {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        # In slices, so that Ctrl+C is seen.
        while (-not $process.WaitForExit(200)) {
            if ($clock.Elapsed.TotalSeconds -ge $TimeoutSec) {
                Write-Host "  [-] $name did not end within $TimeoutSec s and was killed."
                return New-TestCount 0 1 0
            }
        }
        if (-not (Test-Path -LiteralPath $resultPath)) {
            Write-Host "  [-] $name ended with exit code $($process.ExitCode) and without a result."
            return New-TestCount 0 1 0
        }
        $counts = @(Get-Content -LiteralPath $resultPath)
        # The .NET runtime leaves these for a process that is killed; they say nothing about the file's own.
        $left = @([System.IO.Directory]::GetFileSystemEntries($temp) | Where-Object { $_ -notmatch '[/\\](dotnet-diagnostic|clr-debug-pipe)-[^/\\]*$' })
        if ($left) {
            Write-Host "  [-] $name left behind: $($left -join ', ')"
        }
        New-TestCount $counts[0] ([int] $counts[1] + [int] [bool] $left) $counts[2]
    }
    finally {
        if (-not $process.HasExited) {
            $process.Kill($true)
            $process.WaitForExit()
        }
        $process.Dispose()
        [System.IO.Directory]::Delete($temp, $true)
    }
}

Export-ModuleMember -Function Invoke-UnitTest, Invoke-SpecSuite
