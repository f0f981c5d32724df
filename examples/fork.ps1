# The plain fork per core: the same script block runs in a process per core, and what each writes to its
# output arrives as an object.
#
#   pwsh examples/fork.ps1

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

$limit = 20000
$cluster = Start-ClusterMaster -ScriptBlock {
    # Each worker counts the primes of its own share of the odd numbers.
    $shares = $ClusterWorker.ArgumentList[0]
    $count = 0
    for ($number = 3 + 2 * $ClusterWorker.Slot; $number -lt $using:limit; $number += 2 * $shares) {
        $isPrime = $true
        for ($divisor = 3; $divisor * $divisor -le $number; $divisor += 2) {
            if ($number % $divisor -eq 0) { $isPrime = $false; break }
        }
        if ($isPrime) { $count++ }
    }
    [pscustomobject]@{ Slot = $ClusterWorker.Slot; ProcessId = $PID; Primes = $count }
} -ArgumentList ([Environment]::ProcessorCount)

$total = 0
Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object {
    "Worker in slot $($_.Slot), process $($_.ProcessId): $($_.Primes) primes"
    $total += $_.Primes
}
"Together, with the 2: $($total + 1) primes below $limit"

$cluster | Stop-ClusterMaster
