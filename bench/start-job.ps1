# The peer of start.ps1 and throughput.ps1 under PowerShell: its own jobs. With -Items each of the jobs writes so many small
# objects, and the time is from the start of the jobs until the last object was read; else until all have written one.
# Prints seconds.
param([int] $Jobs = 2, [int] $Items = 0)

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$started = 1..$Jobs | ForEach-Object {
    Start-Job -ArgumentList $Items {
        param($items)
        'ready'
        for ($i = 0; $i -lt $items; $i++) { @{ id = $i; name = "item $i"; value = $i * 1.5; tags = 'a', 'b', 'c'; ok = $true } }
    }
}
$started | Receive-Job -Wait > $null
$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
$started | Remove-Job
