#Requires -Version 7.4

<#
.SYNOPSIS
    A parallel map over two machines beside the same over one, each limited to one core.
.DESCRIPTION
    The machines are agents on this one, each bound to a core of its own by taskset, with one worker. Rounds are in turns; medians are shown.
    Linux, with nats-server and two cores.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 100)]
    [int] $Rounds = 5,

    [ValidateRange(1, 1000000)]
    [int] $Items = 400,

    # How long an item computes, in milliseconds.
    [ValidateRange(1, 10000)]
    [int] $Milliseconds = 25
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
$module = (Resolve-Path (Join-Path $PSScriptRoot '../module/Cluster.psd1')).Path
Import-Module $module
$folder = [System.IO.Directory]::CreateTempSubdirectory('cluster-bench-').FullName
$pwsh = (Get-Process -Id $PID).Path

function Start-Agent([string] $Master, [int] $Core) {
    $ticket = Join-Path $folder $Master
    Start-Process taskset '-c', $Core, $pwsh, '-NoProfile', '-Command', "
        Import-Module '$module'; while (-not (Test-Path '$ticket')) { [System.Threading.Thread]::Sleep(20) }; Join-ClusterMaster -TicketPath '$ticket' -WorkerCount 1 -ComputerName core$Core" -PassThru -RedirectStandardOutput (Join-Path $folder "$Master$Core")
}

# The same work for each item: it counts, and does not look at a clock, so that a busy core takes longer.
$loops = 1000
do {
    $loops *= 2
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    for ($i = 0; $i -lt $loops; $i++) { $null = $i * $i }
} until ($clock.Elapsed.TotalMilliseconds -gt 200)
$loops = [int]($loops * $Milliseconds / $clock.Elapsed.TotalMilliseconds)

$agents = @(Start-Agent one 0; Start-Agent two 0; Start-Agent two 1)
try {
    $one = Start-ClusterMaster -Name one -Listen 127.0.0.1:0 -TicketPath (Join-Path $folder one) -NoLocalWorker -MinimumMachineCount 1
    $two = Start-ClusterMaster -Name two -Listen 127.0.0.1:0 -TicketPath (Join-Path $folder two) -NoLocalWorker -MinimumMachineCount 2
    $times = @{ one = @(); two = @() }
    for ($round = 0; $round -le $Rounds; $round++) {
        foreach ($master in $one, $two) {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $count = (1..$Items | Invoke-ClusterWorker { for ($i = 0; $i -lt $using:loops; $i++) { $null = $i * $i }; $_ } -Master $master).Count
            if ($count -ne $Items) { throw "$count results of $Items." }
            if ($round -gt 0) { $times[$master.Name] += $clock.Elapsed.TotalMilliseconds }
        }
    }

    $median = @{}
    foreach ($name in 'one', 'two') { $median[$name] = ($times[$name] | Sort-Object)[[int][Math]::Floor($Rounds / 2)] }
    [pscustomobject]@{
        'one machine, ms' = [Math]::Round($median.one); 'two machines, ms' = [Math]::Round($median.two); 'times as fast' = [Math]::Round($median.one / $median.two, 2)
        'all ratios' = (0..($Rounds - 1) | ForEach-Object { [Math]::Round($times.one[$_] / $times.two[$_], 2) }) -join ' '
    }
}
finally {
    Get-ClusterMaster | Stop-ClusterMaster
    foreach ($agent in $agents) { $null = $agent.WaitForExit(10000) }
    Remove-Item $folder -Recurse
}
