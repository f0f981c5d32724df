# The peer of start.ps1: as many bare hosts, started at once, each running an empty command. Prints seconds.
param([int] $Workers = 2, [string] $HostPath)

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$hosts = for ($i = 0; $i -lt $Workers; $i++) {
    $start = [System.Diagnostics.ProcessStartInfo]::new($HostPath, [string[]]@('-NoLogo', '-NoProfile', '-NonInteractive', '-Command', '1'))
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    [System.Diagnostics.Process]::Start($start)
}
foreach ($process in $hosts) {
    $null = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    $process.Dispose()
}
$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
