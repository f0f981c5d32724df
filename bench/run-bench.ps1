# Runs every measurement beside its peer, one after the other in turns, and writes the medians and their ratios as a
# table to docs/benchmarks.md and as JSON beside it. Peers that are not on the machine are left out.
param([int] $Runs = 5)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
$worker = [AppContext]::GetData('Cluster.HostPath')
if (-not $worker) { $worker = [Environment]::ProcessPath }

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

function Find-Program([string] $Name) {
    $env:PATH.Split([System.IO.Path]::PathSeparator) |
        ForEach-Object { [System.IO.Path]::Combine($_, $Name) } |
        Where-Object { [System.IO.File]::Exists($_) } | Select-Object -First 1
}

$node = Find-Program $(if ($IsWindows) { 'node.exe' } else { 'node' })
$scripts = "$root/bench"

$figures = @(
    @{ Name = '100,000 messages to the master, 2 workers'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-master', '100000', '2'; Peer = 'throughput.js', 'to-master', '100000', '2'; Per = 100000 }
    @{ Name = 'the same after 100,000 others'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-master', '100000', '2', '100000'; Peer = 'throughput.js', 'to-master', '100000', '2', '100000'; Per = 100000 }
    @{ Name = '100,000 messages to the workers, 2 workers'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-workers', '100000', '2'; Peer = 'throughput.js', 'to-workers', '100000', '2'; Per = 100000 }
    @{ Name = 'the same after 100,000 others'; Unit = 'messages/s'; Own = 'throughput.ps1', 'to-workers', '100000', '2', '100000'; Peer = 'throughput.js', 'to-workers', '100000', '2', '100000'; Per = 100000 }
    @{ Name = 'round trip, small object'; Unit = 'us'; Own = 'round-trip.ps1', '5000'; Peer = 'round-trip.js', '5000' }
    @{ Name = 'echo of 64 KiB'; Unit = 'us'; Own = 'round-trip.ps1', '500', '65536'; Peer = 'round-trip.js', '500', '65536' }
    @{ Name = 'echo of 1 MiB'; Unit = 'us'; Own = 'round-trip.ps1', '50', '1048576'; Peer = 'round-trip.js', '50', '1048576' }
    @{ Name = 'array one way, 1 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '1048576', '21'; Peer = 'one-way.js', '1048576', '5', 'json'; Per = 1 }
    @{ Name = 'array one way, 1 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '1048576', '21'; Peer = 'one-way.js', '1048576', '21', 'advanced'; PeerName = 'Node with ''advanced'''; Per = 1 }
    @{ Name = 'array one way, 8 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '8388608', '11'; Peer = 'one-way.js', '8388608', '11', 'advanced'; PeerName = 'Node with ''advanced'''; Per = 8 }
    @{ Name = 'array one way, 64 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '67108864', '5'; Peer = 'one-way.js', '67108864', '1', 'json'; Per = 64 }
    @{ Name = 'array one way, 64 MiB'; Unit = 'MiB/s'; Own = 'one-way.ps1', '67108864', '5'; Peer = 'one-way.js', '67108864', '5', 'advanced'; PeerName = 'Node with ''advanced'''; Per = 64 }
    @{ Name = 'all of 2 workers ready'; Unit = 's'; Own = 'start.ps1', '2'; Bare = 'start-bare.ps1', '2', $worker }
    @{ Name = 'all of 4 workers ready'; Unit = 's'; Own = 'start.ps1', '4'; Bare = 'start-bare.ps1', '4', $worker }
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
            $peerTime = Invoke-Figure $worker (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', "$scripts/$($figure.Bare[0])") + [string[]]($figure.Bare | Select-Object -Skip 1))
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
        Peer  = if ($figure.PeerName) { $figure.PeerName } elseif ($figure.Peer) { 'Node''s cluster' } else { 'bare hosts' }
        Own   = if ($isRate) { $figure.Per / (Get-Median $ownTimes) } else { Get-Median $ownTimes }
        Other = if ($isRate) { $figure.Per / (Get-Median $peerTimes) } else { Get-Median $peerTimes }
        Ratio = if ($isRate) { 1 / $ratio } else { $ratio }
    }
}

$hostName = if ([AppContext]::GetData('Cluster.HostPath')) { 'embedded host' } else { "PowerShell $($PSVersionTable.PSVersion)" }
$machine = '{0}, {1} cores, .NET {2}, {3}' -f [System.Runtime.InteropServices.RuntimeInformation]::OSDescription, [Environment]::ProcessorCount, [Environment]::Version, $hostName
$nodeVersion = if ($node) { & $node --version } else { 'not there' }
$lines = @(
    '# Benchmarks'
    ''
    'Medians over runs in turn with the peer, and the median of the ratios pair by pair; for rates more is better, for'
    'times less. Written by `build.ps1 -Task Bench`; read the ratios, the machine is noisy.'
    ''
    "Machine: $machine; Node $nodeVersion; $Runs runs."
    ''
    '| figure | Cluster | peer | | unit | Cluster : peer |'
    '| --- | ---: | ---: | --- | --- | ---: |'
    foreach ($result in $results) {
        [string]::Format([cultureinfo]::InvariantCulture, '| {0} | {1:N2} | {2:N2} | {3} | {4} | {5:N2} |', $result.Name, $result.Own, $result.Other, $result.Peer, $result.Unit, $result.Ratio)
    }
)
[System.IO.File]::WriteAllLines("$root/docs/benchmarks.md", [string[]]$lines)
$json = [Newtonsoft.Json.Linq.JArray]::new()
foreach ($result in $results) {
    $row = [Newtonsoft.Json.Linq.JObject]::new()
    foreach ($property in $result.PSObject.Properties) { $row.Add($property.Name, [Newtonsoft.Json.Linq.JToken]::FromObject($property.Value)) }
    $json.Add($row)
}
[System.IO.File]::WriteAllText("$root/docs/benchmarks.json", $json.ToString() + "`n")
$lines | Select-Object -Skip 7
