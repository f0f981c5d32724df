<#
.SYNOPSIS
    Builds, tests and packages the project, under PowerShell 7.4 or later.
.EXAMPLE
    ./build.ps1 -Task Test
.EXAMPLE
    dotnet run --project src/ClusterHost -- build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Bench', 'Package', 'Clean')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # Test: only spec files whose name is like this.
    [string] $SpecFile = '*',

    # Test: seconds that one spec file may take.
    [ValidateRange(1, 86400)]
    [int] $SpecTimeoutSec = 300
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'

# No compiler or build server may outlive the build: the specs count the processes that are left.
$env:MSBUILDDISABLENODEREUSE = '1'
$env:DOTNET_CLI_USE_MSBUILD_SERVER = '0'
$env:DOTNET_NOLOGO = '1'
$dotnetArguments = @('--nologo', '-v', 'quiet', '-c', $Configuration, '-p:UseSharedCompilation=false', '-nodeReuse:false')

function Invoke-Dotnet {
    & dotnet @args | Out-Host
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE."
    }
}

function Invoke-Build {
    Write-Host "Building ($Configuration) ..."
    Invoke-Dotnet build (Join-Path $root 'Cluster.sln') @dotnetArguments
    $assembly = Join-Path $root "src/ClusterCmdlets/bin/$Configuration/net8.0/ClusterCmdlets.dll"
    $help = Join-Path $root 'module/en-US/ClusterCmdlets.dll-Help.xml'
    $examples = Join-Path $root 'docs/commands'
    $sources = Get-Item -Path $assembly, "$root/tools/*Help*", "$examples/*.md", "$root/module/en-US/*.txt"
    if ($sources.LastWriteTimeUtc -gt [System.IO.File]::GetLastWriteTimeUtc($help)) {
        & (Join-Path $root 'tools/New-ModuleHelp.ps1') -Assembly $assembly -Destination $help -ExamplePath $examples
    }
}

function Invoke-Package {
    Invoke-Build
    & (Join-Path $root 'tools/New-ModulePackage.ps1') -Destination $artifacts -Configuration $Configuration | ForEach-Object { Write-Host "Packaged: $_" }
}

function Invoke-Clean {
    $folders = @('artifacts', 'module/bin', 'module/en-US/ClusterCmdlets.dll-Help.xml', 'TestResults') | ForEach-Object { Join-Path $root $_ }
    $folders += Get-ChildItem (Join-Path $root 'src'), (Join-Path $root 'tests') -Directory -Recurse |
        Where-Object { $_.Name -in 'bin', 'obj' -and $_.FullName -notlike '*[/\]obj[/\]*' } | ForEach-Object FullName
    foreach ($folder in $folders) {
        if (Test-Path -LiteralPath $folder) {
            Remove-Item -LiteralPath $folder -Recurse -Force
        }
    }
    Write-Host 'Cleaned.'
}

function Invoke-Bench {
    Invoke-Build
    $script = Join-Path $root 'bench/run-bench.ps1'
    if (-not (Test-Path $script)) {
        throw 'There is no bench/run-bench.ps1.'
    }
    & $script
}

# Lays the pinned Pester out in artifacts/ and gives the path of its manifest.
function Get-PinnedPester {
    Invoke-Dotnet build (Join-Path $root 'tests/pester/Pester.proj') '-t:LayOut' @dotnetArguments
    $version = ([xml](Get-Content -LiteralPath (Join-Path $root 'Directory.Packages.props') -Raw)).Project.PropertyGroup.PesterVersion
    Join-Path $artifacts 'modules/Pester' $version 'Pester.psd1'
}

function Invoke-Test {
    Invoke-Build
    Import-Module (Join-Path $root 'tests/TestRun.psm1') -Force
    $pester = Get-PinnedPester
    $results = @(
        Invoke-UnitTest -Root $root -DotnetArguments $dotnetArguments
        Invoke-SpecSuite -Root $root -PesterPath $pester -FileFilter $SpecFile -TimeoutSec $SpecTimeoutSec
    )
    $passed = 0
    $failed = 0
    $skipped = 0
    foreach ($result in $results) {
        $passed += $result.Passed
        $failed += $result.Failed
        $skipped += $result.Skipped
        foreach ($failure in $result.Failures | Where-Object { $_ }) {
            Write-Host "[-] $failure"
        }
    }
    if ($passed + $failed -eq 0) {
        Write-Host 'No test ran.'
    }
    $line = "$passed passed, $failed failed"
    if ($skipped -gt 0) {
        $line += ", $skipped skipped"
    }
    Write-Host $line
    return $failed -eq 0 -and $passed -gt 0
}

switch ($Task) {
    'Build' { Invoke-Build }
    'Package' { Invoke-Package }
    'Clean' { Invoke-Clean }
    'Bench' { Invoke-Bench }
    'Test' {
        if (-not (Invoke-Test)) {
            exit 1
        }
    }
}
