# The peers of start.ps1 and output.ps1 that PowerShell brings: its jobs, its thread jobs, and ForEach-Object -Parallel. Each of the
# jobs writes one object and then so many small ones, which are read. Prints the seconds from the start of the jobs until the last
# object was read.
param([ValidateSet('Job', 'ThreadJob', 'Parallel')] [string] $By, [int] $Jobs = 2, [int] $Items = 0)

$work = {
    param($items)
    'ready'
    for ($i = 0; $i -lt $items; $i++) { @{ id = $i; name = "item $i"; value = $i * 1.5; tags = 'a', 'b', 'c'; ok = $true } }
}
# -Parallel takes no script block by $using:.
$text = "$work"
$ErrorActionPreference = 'Stop'
$clock = [System.Diagnostics.Stopwatch]::StartNew()
switch ($By) {
    'Job' { 1..$Jobs | ForEach-Object { Start-Job $work -ArgumentList $Items } | Receive-Job -Wait -AutoRemoveJob > $null }
    'ThreadJob' { 1..$Jobs | ForEach-Object { Start-ThreadJob $work -ArgumentList $Items } | Receive-Job -Wait -AutoRemoveJob > $null }
    'Parallel' { 1..$Jobs | ForEach-Object -Parallel { & ([scriptblock]::Create($using:text)) $using:Items } > $null }
}
$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
