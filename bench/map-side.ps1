# One side of bench/map.ps1 and prints one number: the seconds of a parallel map over a pool that is warm, or with -Cold of its start
# as well. For the kind 'two' it is the median of so many calls, in milliseconds; for 'cpu' how many times faster the map is than
# the same work one item after the other. 'Calibrate' prints how many rounds of the loop take 1 ms.
param(
    [ValidateSet('Cluster', 'Parallel', 'ThreadJob', 'GnuParallel', 'Calibrate')] [string] $By,
    [ValidateSet('trivial', 'ms', 'uneven', 'large', 'cpu', 'two')] [string] $Kind = 'trivial',
    [int] $Items = 1000,
    [int] $Loops = 10000,
    [switch] $Cold
)

$ErrorActionPreference = 'Stop'
$cores = [Environment]::ProcessorCount

# The same text on all sides that are PowerShell. The loop has a scope of its own: over variables of a script's own scope it is
# several times slower.
$loop = '& { param($rounds) $sum = 0; for ($i = 0; $i -lt $rounds; $i++) { $sum = ($sum * 31 + $i) % 1000003 } }'
$text = switch ($Kind) {
    { $_ -in 'trivial', 'two' } { '$_ * 2' }
    'ms' { "$loop `$using:Loops; 1" }
    'uneven' { "$loop (`$_ % 100 -eq 50 ? 100 * `$using:Loops : `$using:Loops); 1" }
    'large' { '$_.Length' }
    'cpu' { "$loop (25 * `$using:Loops); 1" }
}
$block = [scriptblock]::Create($text)
# A thread job has no $_.
$jobBlock = [scriptblock]::Create("`$_ = `$args[0]; $text")

function Invoke-Map($List) {
    switch ($By) {
        'Cluster' { $List | Invoke-ClusterWorker $block }
        'Parallel' { $List | ForEach-Object -ThrottleLimit $cores -Parallel $block }
        'ThreadJob' { $List | ForEach-Object { Start-ThreadJob $jobBlock -ThrottleLimit $cores -ArgumentList $_ } | Receive-Job -Wait -AutoRemoveJob }
        # It has no pool: each item is a process of a shell, and its own start counts.
        'GnuParallel' { $List | & parallel -j $cores 'echo $(({} * 2))' }
    }
}

function Measure-Map($List) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $null = Invoke-Map $List
    $clock.Elapsed.TotalSeconds
}

function Get-Calibration {
    $best = [double]::MaxValue
    $one = [scriptblock]::Create("$loop 20000")
    for ($round = 0; $round -lt 200; $round++) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        & $one
        $best = [Math]::Min($best, $clock.Elapsed.TotalMilliseconds)
    }
    [Math]::Round(20000 / $best)
}

function Get-Figure {
    if ($By -eq 'Calibrate') { return Get-Calibration }

    # Before the clock runs: the items, and the pool.
    $list = switch ($Kind) {
        'two' { 1, 2 }
        'large' { foreach ($number in 1..$Items) { "$number".PadRight(102400, 'x') } }
        default { 1..$Items }
    }
    if ($By -eq 'Cluster') {
        Import-Module "$PSScriptRoot/../module/Cluster.psd1"
        if (-not $Cold) { $pool = Start-ClusterMaster -WorkerCount $cores }
    }
    if (-not $Cold) {
        # Warm, and right.
        $some = $list | Select-Object -First ([Math]::Max(2, $list.Count / 10))
        $expected = switch ($Kind) {
            { $_ -in 'trivial', 'two' } { $some.Count * ($some.Count + 1) }
            'large' { $some.Count * 102400 }
            default { $some.Count }
        }
        foreach ($round in 1..3) {
            $sum = (Invoke-Map $some | Measure-Object -Sum).Sum
            if ($sum -ne $expected) { throw "$By gave $sum for $Kind, not $expected." }
        }
    }

    switch ($Kind) {
        'two' {
            $times = foreach ($round in 1..$Items) { Measure-Map $list }
            ($times | Sort-Object)[[int][Math]::Floor($Items / 2)] * 1000
        }
        'cpu' {
            $alone = [scriptblock]::Create($text.Replace('$using:', '$'))
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $null = $list | ForEach-Object $alone
            $clock.Elapsed.TotalSeconds / (Measure-Map $list)
        }
        default { Measure-Map $list }
    }
    if ($pool) { $pool | Stop-ClusterMaster }
}

([double](Get-Figure)).ToString([cultureinfo]::InvariantCulture)
