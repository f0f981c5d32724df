# Work for the processor, cut into parts of equal size: one after the other, by workers, or by what PowerShell brings. Prints the
# seconds that the parts take; workers and jobs are started within that time.
param([ValidateSet('Sequence', 'Cluster', 'Job', 'ThreadJob', 'Parallel')] [string] $By, [int] $Parts = 2, [int] $Rounds = 10000000)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$part = {
    param($rounds)
    # In a scope of its own: PowerShell runs loops over variables of a script's own scope several times slower.
    & {
        param($rounds)
        $sum = 0
        for ($i = 0; $i -lt $rounds; $i++) { $sum = ($sum * 31 + $i) % 1000003 }
        $sum
    } $rounds
}
# -Parallel takes no script block by $using:.
$text = "$part"
$ErrorActionPreference = 'Stop'
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$results = @(switch ($By) {
        'Sequence' { 1..$Parts | ForEach-Object { & $part $Rounds } }
        'Cluster' {
            $null = Start-ClusterMaster $part -WorkerCount $Parts -ArgumentList $Rounds
            Receive-WorkerMessage -Wait -ExpandBody
        }
        'Job' { 1..$Parts | ForEach-Object { Start-Job $part -ArgumentList $Rounds } | Receive-Job -Wait -AutoRemoveJob }
        'ThreadJob' { 1..$Parts | ForEach-Object { Start-ThreadJob $part -ArgumentList $Rounds } | Receive-Job -Wait -AutoRemoveJob }
        'Parallel' { 1..$Parts | ForEach-Object -Parallel { & ([scriptblock]::Create($using:text)) $using:Rounds } }
    })
$seconds = $clock.Elapsed.TotalSeconds
if ($results.Count -ne $Parts) { throw "$By gave $($results.Count) results for $Parts parts." }
$seconds.ToString([cultureinfo]::InvariantCulture)
