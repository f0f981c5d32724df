<#
.SYNOPSIS
    Runs one spec file in this process and writes how many tests passed, failed and were skipped, a line each.
#>
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ResultPath,

    # Path of a real Pester 5; without it the project's own runner is used.
    [string] $PesterPath
)

# What is there before the file runs; what is there after it and was not is a failure, whatever the file itself looks at.
$harness = Import-Module (Join-Path $PSScriptRoot '../pester/SpecHarness.psm1') -PassThru -ErrorAction Stop
if ($PesterPath) {
    Import-Module $PesterPath -ErrorAction Stop
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $Path
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = 'Detailed'
    $result = Invoke-Pester -Configuration $configuration
    $counts = $result.PassedCount, ($result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount), ($result.SkippedCount + $result.NotRunCount + $result.InconclusiveCount)
}
else {
    Import-Module (Join-Path $PSScriptRoot 'SpecRunner.psd1') -ErrorAction Stop
    $result = Invoke-Spec -Path $Path
    $counts = $result.Passed, $result.Failed, $result.Skipped
}
try {
    & $harness { Assert-NothingLeft }
}
catch {
    Write-Host "  [-] $(Split-Path $Path -Leaf) left something behind. $_"
    $counts[1]++
}
# In the end the file appears whole or not at all.
Set-Content -LiteralPath "$ResultPath.tmp" -Value $counts -ErrorAction Stop
[System.IO.File]::Move("$ResultPath.tmp", $ResultPath, $true)
