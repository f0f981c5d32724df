<#
.SYNOPSIS
    Runs one spec file in this process and writes how many tests passed, failed and were skipped, a line each, and then what failed.
#>
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ResultPath,

    # The manifest of the Pester that the build has laid out.
    [Parameter(Mandatory)] [string] $PesterPath
)

$ErrorActionPreference = 'Stop'

# The processes and files before the file runs; any that is new after it is a failure, whatever the file itself checks.
$harness = Import-Module (Join-Path $PSScriptRoot 'pester/SpecHarness.psm1') -PassThru
Import-Module $PesterPath
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
# Specs expect the default, as a user's session has it.
$ErrorActionPreference = 'Continue'
$result = Invoke-Pester -Configuration $configuration
$ErrorActionPreference = 'Stop'
$failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
$failures = @(foreach ($one in @($result.Failed) + @($result.FailedBlocks) + @($result.FailedContainers)) {
    "$(Split-Path $Path -Leaf): $($one.ExpandedPath ?? $one) $(@($one.ErrorRecord)[0] -replace '\s*[\r\n]+\s*', ' ')"
})
$skipped = $result.SkippedCount + $result.NotRunCount + $result.InconclusiveCount
if ($result.TotalCount -eq 0 -and $failed -eq 0) {
    $failures += "$(Split-Path $Path -Leaf) has no test."
    Write-Host "  [-] $($failures[-1])"
    $failed++
}
try {
    & $harness { Assert-NothingLeft }
}
catch {
    $failures += "$(Split-Path $Path -Leaf) left something behind. $_"
    Write-Host "  [-] $($failures[-1])"
    $failed++
}
# The file appears whole or not at all.
Set-Content -LiteralPath "$ResultPath.tmp" -Value (@($result.PassedCount, $failed, $skipped) + $failures)
[System.IO.File]::Move("$ResultPath.tmp", $ResultPath, $true)
