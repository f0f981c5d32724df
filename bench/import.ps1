<#
.SYNOPSIS
    What Import-Module costs: a session that imports the module and ends, beside one that only ends, in turns; medians.
.DESCRIPTION
    Wall-clock time is what a user waits; processor time (user and system, of all threads) depends less on what else the machine does.
.EXAMPLE
    ./bench/import.ps1 -ModulePath artifacts/Cluster/0.1.0/Cluster.psd1
#>
param(
    # The manifest: the checkout's, whose DLL is compiled for this machine, or a package's, which is compiled as it runs.
    [string] $ModulePath = "$PSScriptRoot/../module/Cluster.psd1",

    # Pairs of sessions, after one that is not counted.
    [int] $Count = 15,

    # The PowerShell that is measured.
    [string] $HostPath = (Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh'))
)

$ErrorActionPreference = 'Stop'
$manifest = (Resolve-Path -LiteralPath $ModulePath).ProviderPath

# The session says itself what it has used: that of a process that has ended is not known everywhere.
function Measure-Session([string] $Command) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($HostPath)
    $Command += '[System.Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.Ticks'
    foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', $Command) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardOutput = $true
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        $text = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        if ($process.ExitCode -ne 0) { throw "'$Command' ended with exit code $($process.ExitCode)." }
        [pscustomobject]@{ Wall = $clock.Elapsed.TotalMilliseconds; Processor = [timespan]::FromTicks($text).TotalMilliseconds }
    }
    finally {
        $process.Dispose()
    }
}

function Get-Median([double[]] $Values) {
    $sorted = @($Values | Sort-Object)
    $middle = [Math]::Floor($sorted.Count / 2)
    $sorted.Count % 2 ? $sorted[$middle] : ($sorted[$middle - 1] + $sorted[$middle]) / 2
}

$import = "Import-Module '$($manifest.Replace("'", "''"))';"
$pairs = foreach ($number in 0..$Count) {
    $bare = Measure-Session ''
    $with = Measure-Session $import
    if ($number) { [pscustomobject]@{ Bare = $bare; With = $with } }
}
foreach ($kind in 'Wall', 'Processor') {
    [pscustomobject]@{
        Time                  = $kind
        'Bare, ms'            = [Math]::Round((Get-Median $pairs.Bare.$kind), 1)
        'With the module, ms' = [Math]::Round((Get-Median $pairs.With.$kind), 1)
        # Of each pair by itself, whose two sessions ran right after each other.
        'Import, ms'          = [Math]::Round((Get-Median @($pairs | ForEach-Object { $_.With.$kind - $_.Bare.$kind })), 1)
    }
}
