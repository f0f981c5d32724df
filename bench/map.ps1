# A parallel map: Invoke-ClusterWorker beside ForEach-Object -Parallel, Start-ThreadJob, Python's multiprocessing.Pool, a pool over
# Node's child_process.fork, and GNU parallel, one after the other in turns. Prints a table: medians, and the median of the ratios
# run by run. Pools are warm, but for the rows of a start; those of PowerShell and GNU parallel have none. A peer that this machine
# does not have is left out.
#
#   pwsh bench/map.ps1 -Runs 5
#   pwsh bench/map.ps1 -Runs 5 -Kind ms
param(
    [int] $Runs = 3,

    # trivial  the number times two
    # ms       1 ms of work for the processor, by a loop whose length every language measures for itself
    # uneven   the same, and one item in 100 takes 100 times as long
    # large    100 KB of text there, its length back
    # cpu      items of 25 ms; how many times faster they are than one after the other in the same program
    # two      a call of two items
    # cold     start, and 100 trivial items
    [string] $Kind = '*'
)

$ErrorActionPreference = 'Stop'
$invariant = [cultureinfo]::InvariantCulture
$programs = @{
    powershell = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    node       = (Get-Command node -CommandType Application -ErrorAction Ignore | Select-Object -First 1).Path
    # Windows has no fork.
    python     = $IsWindows ? $null : (Get-Command python3 -CommandType Application -ErrorAction Ignore | Select-Object -First 1).Path
}

function Invoke-Figure([string] $Language, [string[]] $Arguments) {
    $script = switch ($Language) {
        'powershell' { '-NoLogo', '-NoProfile', '-NonInteractive', '-File', "$PSScriptRoot/map-side.ps1" }
        'node' { "$PSScriptRoot/node/map.js" }
        'python' { "$PSScriptRoot/python/map.py" }
    }
    $start = [System.Diagnostics.ProcessStartInfo]::new($programs[$Language], [string[]](@($script) + $Arguments))
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $text = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    if ($process.ExitCode -ne 0) { throw "'$Language $Arguments' ended with code $($process.ExitCode)." }
    [double]::Parse($text.Trim(), $invariant)
}

function Get-Median([double[]] $Values) {
    $sorted = [double[]]$Values.Clone()
    [Array]::Sort($sorted)
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}

$loops = @{}
foreach ($language in 'powershell', 'node', 'python') {
    if ($programs[$language]) {
        # The best of some: what else runs on the machine makes all of them worse, and none better.
        $tries = foreach ($try in 1..3) { Invoke-Figure $language ($language -eq 'powershell' ? ('-By', 'Calibrate') : 'calibrate') }
        $loops[$language] = ($tries | Measure-Object -Maximum).Maximum
    }
}

# What one side does: its program and its arguments.
function Get-Side([string] $By, [string] $Of, [int] $Items, [int] $Chunk = 1) {
    $cold = $Of -eq 'cold'
    if ($cold) { $Of = 'trivial' }
    $language = $By -in 'node', 'python' ? $By : 'powershell'
    $arguments = switch ($language) {
        'powershell' { '-By', $By, '-Kind', $Of, '-Items', $Items, '-Loops', $loops.powershell; if ($cold) { '-Cold' } }
        'node' { $Of, $Items, $loops.node; if ($cold) { 'cold' } }
        'python' { $Of, $Items, $loops.python, $Chunk; if ($cold) { 'cold' } }
    }
    @{ Language = $language; Arguments = [string[]]$arguments; Items = $Items }
}

$parallel = 'ForEach-Object -Parallel'
$pool = 'Python''s Pool, items one by one'
$chunks = 'Python''s Pool, 100 at once'
$fork = 'a pool of Node'
$hasThreadJob = [bool](Get-Command Start-ThreadJob -ErrorAction Ignore)
$hasGnu = [bool](Get-Command parallel -CommandType Application -ErrorAction Ignore)

# Sides that take long for an item have fewer of them: what counts is items in a second.
$rows = @(
    foreach ($one in @(
            @{ Kind = 'trivial'; Name = 'trivial items'; Items = 20000; Slow = 1000 }
            @{ Kind = 'ms'; Name = 'items of 1 ms'; Items = 1000; Slow = 500 }
            @{ Kind = 'uneven'; Name = 'items of 1 ms, one in 100 of 100 ms'; Items = 1000; Slow = 500 }
            @{ Kind = 'large'; Name = 'texts of 100 KB, their length back'; Items = 500; Slow = 500 })) {
        @{ Kind = $one.Kind; Name = $one.Name; Unit = 'items/s'; Items = $one.Items; Peer = $parallel; By = 'Parallel'; PeerItems = $one.Slow }
        if ($one.Kind -eq 'trivial') {
            if ($hasThreadJob) { @{ Kind = $one.Kind; Name = $one.Name; Unit = 'items/s'; Items = $one.Items; Peer = 'Start-ThreadJob'; By = 'ThreadJob'; PeerItems = 100 } }
            if ($hasGnu) { @{ Kind = $one.Kind; Name = $one.Name; Unit = 'items/s'; Items = $one.Items; Peer = 'GNU parallel, a process each'; By = 'GnuParallel'; PeerItems = 200 } }
        }
        @{ Kind = $one.Kind; Name = $one.Name; Unit = 'items/s'; Items = $one.Items; Peer = $fork; By = 'node'; PeerItems = $one.Items }
        @{ Kind = $one.Kind; Name = $one.Name; Unit = 'items/s'; Items = $one.Items; Peer = $pool; By = 'python'; PeerItems = $one.Items }
        @{ Kind = $one.Kind; Name = $one.Name; Unit = 'items/s'; Items = $one.Items; Peer = $chunks; By = 'python'; PeerItems = $one.Items; Chunk = 100 }
    }
    foreach ($peer in @{ Name = $parallel; By = 'Parallel' }, @{ Name = $fork; By = 'node' }, @{ Name = $pool; By = 'python' }) {
        @{ Kind = 'cpu'; Name = '80 items of 25 ms, faster than one by one'; Unit = 'times'; Items = 80; Peer = $peer.Name; By = $peer.By; PeerItems = 80 }
        @{ Kind = 'two'; Name = 'a call of two items'; Unit = 'ms'; Items = 200; Peer = $peer.Name; By = $peer.By; PeerItems = $peer.By -eq 'Parallel' ? 50 : 200 }
        @{ Kind = 'cold'; Name = 'start, and 100 trivial items'; Unit = 's'; Items = 100; Peer = $peer.Name; By = $peer.By; PeerItems = 100 }
    }
) | Where-Object { $_.Kind -like $Kind -and ($_.By -notin 'node', 'python' -or $programs[$_.By]) }

# The own side is measured once in a turn and stands beside all peers of its kind.
$results = foreach ($one in $rows | ForEach-Object { $_.Kind } | Select-Object -Unique) {
    $group = @($rows | Where-Object { $_.Kind -eq $one })
    $sides = @(Get-Side 'Cluster' $one $group[0].Items) +
        @(foreach ($row in $group) { Get-Side $row.By $row.Kind $row.PeerItems ($row.Chunk ?? 1) })
    $figures = @(foreach ($side in $sides) { , [System.Collections.Generic.List[double]]::new() })
    for ($run = 0; $run -lt $Runs; $run++) {
        for ($number = 0; $number -lt $sides.Count; $number++) {
            $side = $sides[$number]
            $figure = Invoke-Figure $side.Language $side.Arguments
            $figures[$number].Add(($group[0].Unit -eq 'items/s') ? $side.Items / $figure : $figure)
        }
    }
    for ($number = 1; $number -lt $sides.Count; $number++) {
        $row = $group[$number - 1]
        $ratios = for ($run = 0; $run -lt $Runs; $run++) { $figures[0][$run] / $figures[$number][$run] }
        $line = [string]::Format($invariant, '| {0} | {1:N2} | {2:N2} | {3} | {4} | {5:N2} |', $row.Name, (Get-Median $figures[0]), (Get-Median $figures[$number]), $row.Peer, $row.Unit, (Get-Median $ratios))
        [Console]::Error.WriteLine($line)
        $line
    }
}

'| work | Cluster | peer | | unit | Cluster : peer |'
'| --- | ---: | ---: | --- | --- | ---: |'
$results
