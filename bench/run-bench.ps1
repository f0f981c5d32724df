# Runs every measurement beside its peer, one after the other in turns, and writes the medians and their ratios to
# docs/benchmarks.json and, as tables, to docs/benchmarks.md. A peer that this machine does not have is left out.
param([int] $Runs = 5)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
$worker = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')

function Invoke-Figure([string] $Program, [string[]] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($Program, $Arguments)
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $text = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    if ($process.ExitCode -ne 0) { throw "'$Program $Arguments' ended with code $($process.ExitCode)." }
    [double]::Parse($text.Trim(), [cultureinfo]::InvariantCulture)
}

function Get-Median([double[]] $Values) {
    $sorted = [double[]]$Values.Clone()
    [Array]::Sort($sorted)
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}

$node = (Get-Command node -CommandType Application -ErrorAction Ignore | Select-Object -First 1).Path
$hasThreadJob = [bool](Get-Command Start-ThreadJob -ErrorAction Ignore)
$scripts = "$root/bench"

$figures = @(
    @{ Name = '100,000 messages to the master, 2 workers'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-master', '100000', '2'; Peer = 'throughput.js', 'to-master', '100000', '2'; Per = 100000 }
    @{ Name = 'the same after 100,000 others'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-master', '100000', '2', '100000'; Peer = 'throughput.js', 'to-master', '100000', '2', '100000'; Per = 100000 }
    @{ Name = '100,000 messages to the workers, 2 workers'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-workers', '100000', '2'; Peer = 'throughput.js', 'to-workers', '100000', '2'; Per = 100000 }
    @{ Name = 'the same after 100,000 others'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-workers', '100000', '2', '100000'; Peer = 'throughput.js', 'to-workers', '100000', '2', '100000'; Per = 100000 }
    @{ Name = '100,000 custom objects to the master, 2 workers'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-master', '100000', '2', '0', 'objects'; Peer = 'throughput.js', 'to-master', '100000', '2'; Per = 100000 }
    @{ Name = '100,000 custom objects to the workers, 2 workers'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-workers', '100000', '2', '0', 'objects'; Peer = 'throughput.js', 'to-workers', '100000', '2'; Per = 100000 }
    @{ Name = '100,000 messages that the master keeps'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-master', '100000', '2', '0', 'hashtables', '-Keep'; Peer = 'throughput.js', 'to-master', '100000', '2', '0', 'keep'; Per = 100000 }
    @{ Name = '100,000 messages that 2 workers keep'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-workers', '100000', '2', '0', 'hashtables', '-Keep'; Peer = 'throughput.js', 'to-workers', '100000', '2', '0', 'keep'; Per = 100000 }
    @{ Name = 'request and answer, small object'; Unit = 'us'; Own = 'round-trip.ps1', '5000', '-Request'; Peer = 'round-trip.js', '5000' }
    @{ Name = 'the same, an endless loop on every processor'; Unit = 'us'; Own = 'round-trip.ps1', '1000', '-Request', '-Busy'; Peer = 'round-trip.js', '1000', '0', 'busy' }
    @{ Name = 'round trip, small object'; Unit = 'us'; Own = 'round-trip.ps1', '5000'; Peer = 'round-trip.js', '5000' }
    @{ Name = 'echo of 64 KiB'; Unit = 'us'; Own = 'round-trip.ps1', '500', '65536'; Peer = 'round-trip.js', '500', '65536'; PeerName = 'Node with ''advanced''' }
    @{ Name = 'echo of 1 MiB'; Unit = 'us'; Own = 'round-trip.ps1', '50', '1048576'; Peer = 'round-trip.js', '50', '1048576'; PeerName = 'Node with ''advanced''' }
    @{ Name = 'array one way, 1 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '1048576', '21'; Peer = 'one-way.js', '1048576', '5', 'json'; Per = 1 }
    @{ Name = 'array one way, 1 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '1048576', '21'; Peer = 'one-way.js', '1048576', '21', 'advanced'; PeerName = 'Node with ''advanced'''; Per = 1 }
    @{ Name = 'array one way, 8 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '8388608', '11'; Peer = 'one-way.js', '8388608', '11', 'advanced'; PeerName = 'Node with ''advanced'''; Per = 8 }
    @{ Name = 'array one way, 64 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '67108864', '5'; Peer = 'one-way.js', '67108864', '1', 'json'; Per = 64 }
    @{ Name = 'array one way, 64 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '67108864', '5'; Peer = 'one-way.js', '67108864', '5', 'advanced'; PeerName = 'Node with ''advanced'''; Per = 64 }
    @{ Name = 'all of 2 workers ready'; Unit = 's'; Own = 'start.ps1', '2'; Script = 'start-bare.ps1', '2', $worker; PeerName = 'bare hosts' }
    @{ Name = 'all of 4 workers ready'; Unit = 's'; Own = 'start.ps1', '4'; Script = 'start-bare.ps1', '4', $worker; PeerName = 'bare hosts' }
    @{ Name = 'all of 2 workers ready'; Unit = 's'; Own = 'start.ps1', '2'; Script = 'jobs.ps1', 'Job', '2'; PeerName = 'Start-Job' }
    @{ Name = 'start, and 50,000 objects from each of 2'; Unit = 's'; Own = 'output.ps1', '2', '50000'; Script = 'jobs.ps1', 'Job', '2', '50000'; PeerName = 'Start-Job' }
    if ($hasThreadJob) {
        @{ Name = 'start, and 50,000 objects from each of 2'; Unit = 's'; Own = 'output.ps1', '2', '50000'; Script = 'jobs.ps1', 'ThreadJob', '2', '50000'; PeerName = 'Start-ThreadJob' }
    }
    @{ Name = 'start, and 50,000 objects from each of 2'; Unit = 's'; Own = 'output.ps1', '2', '50000'; Script = 'jobs.ps1', 'Parallel', '2', '50000'; PeerName = 'ForEach-Object -Parallel' }
    @{ Name = 'start, and processor work in 2 parts'; Unit = 's'; Own = 'cpu.ps1', 'Cluster'; Script = 'cpu.ps1', 'Sequence'; PeerName = 'one part after the other' }
    @{ Name = 'start, and processor work in 2 parts'; Unit = 's'; Own = 'cpu.ps1', 'Cluster'; Script = 'cpu.ps1', 'Job'; PeerName = 'Start-Job' }
    if ($hasThreadJob) {
        @{ Name = 'start, and processor work in 2 parts'; Unit = 's'; Own = 'cpu.ps1', 'Cluster'; Script = 'cpu.ps1', 'ThreadJob'; PeerName = 'Start-ThreadJob' }
    }
    @{ Name = 'start, and processor work in 2 parts'; Unit = 's'; Own = 'cpu.ps1', 'Cluster'; Script = 'cpu.ps1', 'Parallel'; PeerName = 'ForEach-Object -Parallel' }
)

# These have no peer and print their own line.
$alone = @(
    @{ Name = 'a million messages through two workers and back'; Script = 'million.ps1'; Line = 'messages there and back' }
    @{ Name = 'rolling restarts under a flood of requests'; Script = 'reload-flood.ps1'; Line = 'rolling restarts' }
    @{ Name = 'an idle master'; Script = 'idle.ps1'; Line = 'CPU s per minute' }
)

$results = foreach ($figure in $figures) {
    if ($figure.Peer -and -not $node) { continue }
    $ownTimes = @()
    $peerTimes = @()
    $pairs = @()
    for ($run = 0; $run -lt $Runs; $run++) {
        $rest = [string[]]($figure.Own | Select-Object -Skip 1)
        $ownTime = Invoke-Figure $worker (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', "$scripts/$($figure.Own[0])") + $rest)
        if ($figure.Peer) {
            $peerTime = Invoke-Figure $node (@("$scripts/node/$($figure.Peer[0])") + [string[]]($figure.Peer | Select-Object -Skip 1))
        }
        else {
            $peerTime = Invoke-Figure $worker (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', "$scripts/$($figure.Script[0])") + [string[]]($figure.Script | Select-Object -Skip 1))
        }
        $ownTimes += $ownTime
        $peerTimes += $peerTime
        $pairs += $ownTime / $peerTime
    }
    $isRate = [bool]$figure.Per
    $ratio = Get-Median $pairs
    [pscustomobject]@{
        Name  = $figure.Name
        Unit  = $figure.Unit
        Peer  = if ($figure.PeerName) { $figure.PeerName } else { 'Node''s cluster' }
        Own   = if ($isRate) { $figure.Per / (Get-Median $ownTimes) } else { Get-Median $ownTimes }
        Other = if ($isRate) { $figure.Per / (Get-Median $peerTimes) } else { Get-Median $peerTimes }
        Ratio = if ($isRate) { 1 / $ratio } else { $ratio }
    }
}

$lines = foreach ($figure in $alone) {
    $line = & $worker -NoLogo -NoProfile -NonInteractive -File "$scripts/$($figure.Script)" | Where-Object { $_ -match $figure.Line }
    if (-not $line) { throw "bench/$($figure.Script) has failed." }
    [pscustomobject]@{ Name = $figure.Name; Line = "$line" }
}

$machine = '{0}, {1} cores; PowerShell {2}, .NET {3}; Node {4}; runs: {5}' -f
    [System.Runtime.InteropServices.RuntimeInformation]::OSDescription, [Environment]::ProcessorCount, $PSVersionTable.PSVersion, [Environment]::Version,
    ($node ? (& $node --version) : 'not there'), $Runs
[ordered]@{ Machine = $machine; Figures = @($results); Lines = @($lines) } | ConvertTo-Json -Depth 3 | Set-Content -LiteralPath "$root/docs/benchmarks.json"

# HTTP has a page part of its own: its peer is a server, and its load another program.
$hasWrk = $node -and (Get-Command wrk -CommandType Application -ErrorAction Ignore)
$http = if ($hasWrk) { & $worker -NoLogo -NoProfile -NonInteractive -File "$scripts/http.ps1" -Runs $Runs }
$reloads = if ($hasWrk) { & $worker -NoLogo -NoProfile -NonInteractive -File "$scripts/http-reload.ps1" }

$map = & $worker -NoLogo -NoProfile -NonInteractive -File "$scripts/map.ps1" -Runs $Runs
if ($LASTEXITCODE -ne 0) { throw 'bench/map.ps1 has failed.' }

$import = & "$scripts/import.ps1" -Count ([Math]::Max($Runs, 11))

$page = @(
    '# Benchmarks'
    ''
    'Medians over runs in turn with the peer, and the median of the ratios pair by pair; for rates more is better, for'
    'times less. Written by `build.ps1 -Task Bench`; read the ratios, the machine is noisy. Node''s cluster sends JSON unless it is'
    'told to use its `advanced` serialisation.'
    ''
    "$machine."
    ''
    '| figure | Cluster | peer | | unit | Cluster : peer |'
    '| --- | ---: | ---: | --- | --- | ---: |'
    foreach ($row in $results) {
        [string]::Format([cultureinfo]::InvariantCulture, '| {0} | {1:N2} | {2:N2} | {3} | {4} | {5:N2} |', $row.Name, $row.Own, $row.Other, $row.Peer, $row.Unit, $row.Ratio)
    }
    ''
    '| without a peer | |'
    '| --- | --- |'
    foreach ($row in $lines) { "| $($row.Name) | $($row.Line) |" }
    ''
    '## Parallel map'
    ''
    '`Invoke-ClusterWorker` over a pool of one worker per core, in turns with its peers; medians. Every side has as many workers or threads as there are cores, and a'
    'pool that is warm, but for the rows of a start; `ForEach-Object -Parallel`, `Start-ThreadJob` and GNU parallel have none. Items of 1 ms are a loop whose length each'
    'language has measured for itself. `ForEach-Object -Parallel` and `Start-ThreadJob` share the memory of the caller: nothing is copied.'
    ''
    $map
    ''
    '## Import'
    ''
    'What `Import-Module` adds to `pwsh -NoProfile -Command`: sessions with and without it in turns, medians, of the checkout''s module; import is the median of the differences. By `bench/import.ps1`,'
    'which measures a package as well.'
    ''
    '| time | bare, ms | with the module, ms | import, ms |'
    '| --- | ---: | ---: | ---: |'
    foreach ($row in $import) { [string]::Format([cultureinfo]::InvariantCulture, '| {0} | {1:N0} | {2:N0} | {3:N0} |', @($row.PSObject.Properties.Value)) }
    if ($http) {
        ''
        '## HTTP'
        ''
        'wrk with one thread, in turns; medians. `hello`: a handler block that gives a text. `json`: a route, a body read and an object written. `wait`: a handler of 5 ms of'
        'waiting, 16 at once. `close`: hello with one connection per request.'
        ''
        $http
        ''
        $reloads | ForEach-Object { "- $_" }
    }
)
# What machines.ps1 and machines-scale.ps1 have measured is written by hand, and stays.
$machines = [regex]::Match([System.IO.File]::ReadAllText("$root/docs/benchmarks.md"), '(?s)\n## Several machines\n.*').Value.TrimEnd()
@($page; $machines) | Set-Content -LiteralPath "$root/docs/benchmarks.md"
$page
