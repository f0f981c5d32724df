# Counts the words of real text files and how many different ones each has, spread over one worker per core, and compares total and
# time with a run of one file after the other. Paths go one way, counts the other.
#
#   pwsh examples/word-count.ps1                 the licences and changelogs that are installed here
#   pwsh examples/word-count.ps1 -Path ~/notes   the text files of a folder
param(
    # A folder of text files; searched with its subfolders.
    [string] $Path,

    # How many files at most.
    [int] $Limit = 2000
)

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

function Find-TextFile {
    if ($Path) {
        [System.IO.Directory]::EnumerateFiles($Path, '*', [System.IO.EnumerationOptions]@{ RecurseSubdirectories = $true }) |
            Where-Object { $_ -match '\.(txt|md|log|csv|rst)$' }
        return
    }

    # Where systems keep such texts, and the module's own as a last resort.
    $folders = '/usr/share/doc', '/usr/share/common-licenses', '/usr/share/licenses', "$env:ProgramFiles/Git", $PSHOME, "$PSScriptRoot/.."
    foreach ($folder in $folders) {
        if ($folder -and [System.IO.Directory]::Exists($folder)) {
            [System.IO.Directory]::EnumerateFiles($folder, '*', [System.IO.EnumerationOptions]@{ RecurseSubdirectories = $true }) |
                Where-Object { [System.IO.Path]::GetFileName($_) -match '^(copyright|licen[cs]e|changelog|readme|news)' -and $_ -notmatch '\.(gz|dll|html?)$' }
        }
    }
}

# The same code on both sides. A word begins with a letter: rows of dashes and numbers are none.
function Measure-Word([string] $File) {
    $words = 0
    $different = [System.Collections.Generic.HashSet[string]]::new([System.StringComparer]::OrdinalIgnoreCase)
    foreach ($word in [regex]::Matches([System.IO.File]::ReadAllText($File), "\p{L}[\p{L}\p{N}'-]*")) {
        $words++
        $null = $different.Add($word.Value)
    }
    @{ File = $File; Words = $words; Different = $different.Count }
}

$files = @(Find-TextFile | Select-Object -First $Limit)
if ($files.Count -eq 0) {
    Write-Error 'No text file was found. Give a folder with -Path.'
    exit 1
}

# Whoever comes first would have to wait for the disk.
foreach ($file in $files) { $null = [System.IO.File]::ReadAllBytes($file) }

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$expected = @(foreach ($file in $files) { Measure-Word $file })
$sequential = $clock.Elapsed.TotalSeconds

# Without a pool that runs already, Invoke-ClusterWorker starts one for the call. Here its start has a figure of its own.
$clock.Restart()
$pool = Start-ClusterMaster
$start = $clock.Elapsed.TotalSeconds
$clock.Restart()
$results = @($files | Invoke-ClusterWorker { Measure-Word $_ } -Function Measure-Word)
$parallel = $clock.Elapsed.TotalSeconds
$pool | Stop-ClusterMaster

$total = ($results.Words | Measure-Object -Sum).Sum
$expectedTotal = ($expected.Words | Measure-Object -Sum).Sum

'The longest texts:'
$results | Sort-Object { $_.Words } -Descending | Select-Object -First 5 | ForEach-Object {
    '  {0,9:N0} words, {1,6:N0} different  {2}' -f $_.Words, $_.Different, $_.File
}
'{0:N0} words in {1:N0} files' -f $total, $files.Count
'one after the other {0:N2} s; over {1} workers {2:N2} s, and {3:N2} s for their start' -f $sequential, $pool.WorkerCount, $parallel, $start
if ($total -ne $expectedTotal -or $results.Count -ne $expected.Count) {
    Write-Error "The workers counted $total words in $($results.Count) files, the other run $expectedTotal in $($expected.Count)."
    exit 1
}
'Both counts agree.'
