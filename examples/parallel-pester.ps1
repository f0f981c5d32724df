# Runs the Pester files of a folder side by side, one worker per core, and makes one result of all: the counts of a plain
# Invoke-Pester, one file for a build server, and the number of failures as exit code.
#
#   pwsh examples/parallel-pester.ps1 -Path ./tests
#   pwsh examples/parallel-pester.ps1 -Path ./tests -OutputPath results.xml -OutputFormat JUnitXml -ExcludeTag Slow
#
# The files of a worker share its session, as all files do in a plain run; a file that needs what another one has left behind is
# not for this. It needs Pester 5.
param(
    # A folder of *.Tests.ps1; searched with its subfolders.
    [string] $Path = '.',

    # The merged report. One of an earlier run says which files take longest: they are started first.
    [string] $OutputPath,
    [ValidateSet('NUnitXml', 'JUnitXml')] [string] $OutputFormat = 'NUnitXml',

    # Several, with commas between them.
    [string] $Tag,
    [string] $ExcludeTag,

    [ValidateRange(1, 512)] [int] $WorkerCount = [Environment]::ProcessorCount,

    # Another Pester than that of PSModulePath.
    [string] $PesterPath = 'Pester'
)

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')
Import-Module $PesterPath -ErrorAction Stop
$pester = Get-Module Pester
if ($pester.Version -lt '5.2') {
    Write-Error "This needs Pester 5.2, and found $($pester.Version). Give its path with -PesterPath."
    exit 1
}

# Runs one file, or a block, and gives what is needed of its result: Pester's own objects are not made to travel.
function Get-TestResult($Run, $Filter, $Format) {
    $settings = New-PesterConfiguration @{ Run = $Run; Filter = $Filter; Output = @{ Verbosity = 'None' } }
    $settings.Run.PassThru = $true
    $result = Invoke-Pester -Configuration $settings
    @{
        Counts   = @{
            Passed = $result.PassedCount; Failed = $result.FailedCount; Skipped = $result.SkippedCount
            Inconclusive = $result.InconclusiveCount; NotRun = $result.NotRunCount
            Blocks = $result.FailedBlocksCount; Containers = $result.FailedContainersCount
        }
        Failures = @(foreach ($part in @($result.FailedContainers) + @($result.FailedBlocks) + @($result.Failed)) {
                # A block that has failed says why; its tests only that they did not run.
                if ($part.ErrorRecord) { "$($part.ExpandedPath ?? $part.Item): $($part.ErrorRecord[0])" }
            })
        Report   = if ($Format -eq 'JUnitXml') { ConvertTo-JUnitReport $result -AsString } else { ConvertTo-NUnitReport $result -AsString }
    }
}

# The files of all reports under the root of the first one, with the totals of all.
function Merge-Report([xml[]] $Reports, [datetime] $Start, [timespan] $Duration) {
    $whole = $Reports[0]
    # The reports were strings; this one becomes a file.
    $whole.FirstChild.Encoding = 'utf-8'
    $root = $whole.DocumentElement
    $isJUnit = $root.LocalName -eq 'testsuites'
    $place = $isJUnit ? '/testsuites' : '/test-results/test-suite/results'
    foreach ($report in $Reports | Select-Object -Skip 1) {
        foreach ($suite in @($report.SelectNodes("$place/*"))) {
            $null = $whole.SelectSingleNode($place).AppendChild($whole.ImportNode($suite, $true))
        }
    }
    $names = $isJUnit ? @('tests', 'errors', 'failures', 'disabled') : @('total', 'errors', 'failures', 'not-run', 'inconclusive', 'ignored', 'skipped', 'invalid')
    $totals = @{}
    foreach ($name in $names) {
        foreach ($report in $Reports) { $totals[$name] += [int]$report.DocumentElement.GetAttribute($name) }
    }
    foreach ($name in $names) { $root.SetAttribute($name, $totals[$name]) }

    $seconds = $Duration.TotalSeconds.ToString('0.000', [cultureinfo]::InvariantCulture)
    if ($isJUnit) {
        $root.SetAttribute('time', $seconds)
        $id = 0
        foreach ($suite in $root.SelectNodes('testsuite')) { $suite.SetAttribute('id', $id++) }
    }
    else {
        $root.SetAttribute('date', $Start.ToString('yyyy-MM-dd'))
        $root.SetAttribute('time', $Start.ToString('HH:mm:ss'))
        $suite = $root.SelectSingleNode('test-suite')
        $suite.SetAttribute('time', $seconds)
        $suite.SetAttribute('success', $totals.failures ? 'False' : 'True')
        # In Pester's order.
        $suite.SetAttribute('result', $(
                if ($totals.failures) { 'Failure' } elseif ($totals.skipped) { 'Ignored' } elseif ($totals.inconclusive) { 'Inconclusive' } else { 'Success' }))
    }
    $whole
}

$start = [datetime]::Now
$clock = [System.Diagnostics.Stopwatch]::StartNew()
# In the order of a plain run, which is that of the report too.
$files = @(Get-ChildItem -LiteralPath $Path -Recurse -File -Filter '*.Tests.ps1' -ErrorAction Stop | ForEach-Object FullName)
if ($files.Count -eq 0) {
    Write-Error "There is no *.Tests.ps1 in '$Path'."
    exit 1
}

$seconds = @{}
if ($OutputPath) {
    $OutputPath = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($OutputPath)
    if ([System.IO.File]::Exists($OutputPath)) {
        foreach ($suite in ([xml][System.IO.File]::ReadAllText($OutputPath)).SelectNodes('/testsuites/testsuite | /test-results/test-suite/results/test-suite')) {
            $seconds[$suite.name] = [double]$suite.time
        }
    }
}
$longestFirst = $files | Sort-Object { $seconds[$_] ?? [double]::MaxValue } -Descending -Stable

$filter = @{}
if ($Tag) { $filter.Tag = $Tag -split ',' }
if ($ExcludeTag) { $filter.ExcludeTag = $ExcludeTag -split ',' }

$results = @{}
$sums = @{}
$pool = Start-ClusterMaster -WorkerCount ([Math]::Min($WorkerCount, $files.Count))
# One file at a time: a worker that has a long one must not keep others waiting.
$longestFirst | Invoke-ClusterWorker -Master $pool -ImportModule (Join-Path $pester.ModuleBase 'Pester.psd1') -Function Get-TestResult -BatchSize 1 -IncludeInput {
    Get-TestResult @{ Path = $_ } $using:filter $using:OutputFormat
} | ForEach-Object {
    if ($_.Output) {
        $result = $_.Output[-1]
    }
    else {
        # A file whose worker has died counts as one that cannot be loaded.
        $result = Get-TestResult @{ ScriptBlock = { throw } } @{} $OutputFormat
        $result.Failures = @("$($_.Error)")
    }
    $results[$_.Input] = $result
    $counts = $result.Counts
    foreach ($name in 'Passed', 'Failed', 'Skipped', 'Inconclusive', 'NotRun', 'Blocks', 'Containers') { $sums[$name] += $counts.$name }

    $isFailed = $counts.Failed + $counts.Blocks + $counts.Containers
    '[{0}] {1} {2:N2}s, passed {3}, failed {4}, skipped {5}' -f ($isFailed ? '-' : '+'),
        [System.IO.Path]::GetRelativePath($PWD.ProviderPath, $_.Input), $_.Duration.TotalSeconds, $counts.Passed, $counts.Failed, $counts.Skipped
    foreach ($failure in $result.Failures) { '    ' + ($failure -replace '\r?\n', "`n    ") }
}
$pool | Stop-ClusterMaster

if ($OutputPath) {
    (Merge-Report @(foreach ($file in $files) { $results[$file].Report }) $start $clock.Elapsed).Save($OutputPath)
}

''
'Tests completed in {0:N2}s: {1} files, {2} workers' -f $clock.Elapsed.TotalSeconds, $files.Count, $pool.WorkerCount
'Tests Passed: {0}, Failed: {1}, Skipped: {2}, Inconclusive: {3}, NotRun: {4}' -f $sums.Passed, $sums.Failed, $sums.Skipped, $sums.Inconclusive, $sums.NotRun
if ($sums.Blocks) { "BeforeAll \ AfterAll failed: $($sums.Blocks)" }
if ($sums.Containers) {
    "Container failed: $($sums.Containers)"
    foreach ($file in $files) { if ($results[$file].Counts.Containers) { "  - $file" } }
}
# More than 255 would begin at 0 again.
exit [Math]::Min(255, $sums.Failed + $sums.Blocks + $sums.Containers)
