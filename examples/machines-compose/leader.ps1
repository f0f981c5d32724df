# The leader of compose.yaml: waits for three machines, has them count primes, and says which has done how much. Without containers:
#
#   pwsh examples/machines-compose/leader.ps1 -TicketPath ./ticket -Machines 1
#   pwsh -Command "Join-ClusterMaster -TicketPath ./ticket"                     in another terminal
param(
    [string] $TicketPath = '/ticket/ticket',
    [int] $Machines = 3,
    [string] $Listen = '0.0.0.0:4222'
)

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

# One of an earlier run would send the machines to a server that is gone.
[System.IO.File]::Delete($TicketPath)
try {
    $start = @{
        Listen = $Listen; TicketPath = $TicketPath; NoLocalWorker = $true
        MinimumMachineCount = $Machines; StartupTimeoutSec = 120; ErrorAction = 'Stop'
    }
    $null = Start-ClusterMaster @start
    Get-ClusterMachine | ForEach-Object { "$($_.ComputerName) has joined with $($_.WorkerCount) workers" }
    $results = 1..300 | Invoke-ClusterWorker {
        $from = 100000 + 200 * $_
        $primes = foreach ($number in $from..($from + 199)) {
            for ($divisor = 2; $divisor * $divisor -le $number -and $number % $divisor; $divisor++) { }
            if ($divisor * $divisor -gt $number) { $number }
        }
        @{ By = [Environment]::MachineName; Primes = @($primes).Count }
    }
    $results | Group-Object { $_.By } | ForEach-Object { '{0,5} items by {1}' -f $_.Count, $_.Name }
    '{0:N0} primes between 100,200 and 160,399' -f ($results.Primes | Measure-Object -Sum).Sum
}
catch {
    Write-Error $_ -ErrorAction Continue
    exit 1
}
finally {
    Get-ClusterMaster | Stop-ClusterMaster
    [System.IO.File]::Delete($TicketPath)
}
