<#
.SYNOPSIS
    Runs spec files in this process, one after the other. For each it writes how many tests passed, failed and were skipped, a line each, and then what failed,
    to a file, and then a line to the standard output by which the end of its own lines is known.
#>
param(
    # The files. Last, so that many can be given to a script that is run by -File.
    [Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Path,

    # The folder of the results: '<name of the spec file>.result'.
    [Parameter(Mandatory)] [string] $ResultFolder,

    # The manifest of the Pester that the build has laid out.
    [Parameter(Mandatory)] [string] $PesterPath,

    # The temp folder is for this process alone: what a file leaves in it is a failure.
    [switch] $HasOwnTemp,

    # What ends a file's lines on the standard output; its name follows.
    [string] $EndMark = 'End of'
)

$ErrorActionPreference = 'Stop'

# The processes and files before the file runs; any that is new after it is a failure, whatever the file itself checks.
$harness = Import-Module (Join-Path $PSScriptRoot 'pester/SpecHarness.psm1') -PassThru
Import-Module $PesterPath
$own = @(Get-Module | ForEach-Object Path)

# Runs one file, and gives what its result file is to hold.
function Invoke-SpecFile([string] $File) {
    $name = Split-Path $File -Leaf
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $File
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = 'Detailed'
    $configuration.Output.RenderMode = 'Plaintext'
    # Specs expect the default, as a user's session has it.
    $script:ErrorActionPreference = 'Continue'
    $result = Invoke-Pester -Configuration $configuration
    $script:ErrorActionPreference = 'Stop'
    $failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
    $failures = @(foreach ($one in @($result.Failed) + @($result.FailedBlocks) + @($result.FailedContainers)) {
        "$($name): $($one.ExpandedPath ?? $one) $(@($one.ErrorRecord)[0] -replace '\s*[\r\n]+\s*', ' ')"
    })
    $skipped = $result.SkippedCount + $result.NotRunCount + $result.InconclusiveCount
    $faults = @(
        if ($result.TotalCount -eq 0 -and $failed -eq 0) { "$name has no test." }
        try { & $harness { Assert-NothingLeft } } catch { "$name left something behind. $_" }
    )
    $faults | ForEach-Object { Write-Host "  [-] $_" }
    @($result.PassedCount, ($failed + $faults.Count), $skipped) + $failures + $faults
}

# What is in the temp folder. Sockets of the .NET runtime are left by processes that were killed, and say nothing about the file.
function Get-TempEntry {
    [System.IO.Directory]::GetFileSystemEntries([System.IO.Path]::GetTempPath()) | Where-Object { $_ -notmatch '[/\\](dotnet-diagnostic|clr-debug-pipe)-[^/\\]*$' }
}

$null = [System.IO.Directory]::CreateDirectory($ResultFolder)
foreach ($file in $Path) {
    $name = Split-Path $file -Leaf
    $location = Get-Location
    $variables = [System.Environment]::GetEnvironmentVariables()
    $entries = @($HasOwnTemp ? (Get-TempEntry) : @())
    $lines = @(Invoke-SpecFile $file)
    $left = @($HasOwnTemp ? (Get-TempEntry) : @() | Where-Object { $_ -notin $entries })
    if ($left) {
        $lines[1] = [int] $lines[1] + 1
        $lines += "$name left behind: $($left -join ', ')"
        Write-Host "  [-] $($lines[-1])"
    }
    # The next file begins where this one began.
    Set-Location -LiteralPath $location
    Get-Module | Where-Object Path -NotIn $own | Remove-Module -Force
    foreach ($variable in @([System.Environment]::GetEnvironmentVariables().Keys) + @($variables.Keys)) {
        [System.Environment]::SetEnvironmentVariable($variable, $variables[$variable] ?? [NullString]::Value)
    }
    # The result appears whole or not at all.
    $result = Join-Path $ResultFolder "$name.result"
    Set-Content -LiteralPath "$result.tmp" -Value $lines
    [System.IO.File]::Move("$result.tmp", $result, $true)
    Write-Host "$EndMark $name"
}
