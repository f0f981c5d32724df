# Counts the words of real text files, spread over one worker per core, and checks the total against a
# sequential run. Messages carry paths one way and counts the other.
#
#   pwsh examples/word-count.ps1                 the licences and changelogs that are installed here
#   pwsh examples/word-count.ps1 -Path ~/notes   the text files of a folder
param(
    # A folder of text files; searched with its subfolders.
    [string] $Path,

    # How many files at most.
    [int] $Limit = 2000
)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"

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

# The same code on both sides.
$countWords = {
    param($file)
    $words = 0
    foreach ($line in [System.IO.File]::ReadLines($file)) {
        $words += $line.Split([char[]]$null, [System.StringSplitOptions]::RemoveEmptyEntries).Count
    }
    $words
}

$files = @(Find-TextFile | Select-Object -First $Limit)
if ($files.Count -eq 0) {
    Write-Error 'No text file was found. Give a folder with -Path.'
    exit 1
}

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$expected = 0L
foreach ($file in $files) { $expected += & $countWords $file }
$sequential = $clock.Elapsed

$cluster = Start-ClusterMaster -ScriptBlock {
    $count = [scriptblock]::Create($using:countWords)
    Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object {
        Send-WorkerMessage @{ file = $_; words = & $count $_ }
    }
}

$clock.Restart()
$files | Send-WorkerMessage -Any
$results = @(Receive-WorkerMessage -Count $files.Count)
$parallel = $clock.Elapsed
$cluster | Stop-ClusterMaster

$total = 0L
foreach ($result in $results) { $total += $result.Body.words }

'The longest texts:'
$results | Sort-Object { $_.Body.words } -Descending | Select-Object -First 5 | ForEach-Object {
    '  {0,9:N0} words  {1}' -f $_.Body.words, $_.Body.file
}
'{0:N0} words in {1:N0} files' -f $total, $files.Count
'sequentially {0:N2} s, over {1} workers {2:N2} s' -f $sequential.TotalSeconds, $cluster.WorkerCount, $parallel.TotalSeconds
if ($total -ne $expected) {
    Write-Error "The workers counted $total words, the sequential run $expected."
    exit 1
}
'Both counts agree.'
