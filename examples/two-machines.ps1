# Work over two machines, of which one is cut off in the middle: its items go to the other one, and every result comes once.
#
#   pwsh examples/two-machines.ps1
#
# The second machine is made here, where that is allowed (Linux, as root): a network namespace, with a network and an address of its own and a cable
# that can be pulled. Elsewhere it is a second process of this machine, which is killed instead. The server between the machines is
# nats-server, which has to be installed.
param(
    # How many numbers to look at; each takes some milliseconds.
    [ValidateRange(100, 100000)] [int] $Count = 400
)

# The module of this checkout; elsewhere the installed one.
$module = (Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore)?.Path ?? 'Cluster'
Import-Module $module
$shell = (Get-Process -Id $PID).Path

# A namespace, and a cable between it and this machine. Gives the address of this end; nothing where it is not allowed.
function New-SecondMachine([string] $Name) {
    if (-not $IsLinux -or -not (Get-Command ip -CommandType Application -ErrorAction Ignore)) { return }
    $null = & ip netns add $Name 2>&1
    if ($LASTEXITCODE -ne 0) { return }
    $network = "10.$(Get-Random -Minimum 64 -Maximum 255).$($PID % 256)"
    $made = foreach ($step in @(
            "link add $Name type veth peer name eth0 netns $Name"
            "address add $network.1/30 dev $Name", "link set $Name up"
            "-netns $Name address add $network.2/30 dev eth0", "-netns $Name link set eth0 up", "-netns $Name link set lo up")) {
        $null = & ip $step.Split(' ') 2>&1
        $LASTEXITCODE -eq 0
    }
    if ($made -notcontains $false) { return "$network.1" }
    $null = & ip netns delete $Name 2>&1
}

$name = "cl$PID"
$folder = [System.IO.Directory]::CreateTempSubdirectory('second-').FullName
$address = New-SecondMachine $name
$second = $null
try {
    if ($address) { "The second machine is the network namespace $name, behind a cable to $address." }
    else { 'The second machine is another process of this one: a network namespace needs Linux, root and the program ip.' }

    # This machine: one worker, and a server that others can join by.
    $cluster = Start-ClusterMaster -WorkerCount 1 -Listen "$($address ?? '127.0.0.1'):0" -ErrorAction Stop

    # The other one: the same command as on a real one. The ticket is a secret, so it is on no command line.
    $join = "Import-Module '$module'; Join-ClusterMaster -WorkerCount 1 -ComputerName second"
    $command = @(if ($address) { 'ip', 'netns', 'exec', $name }) + $shell + '-NoProfile', '-NonInteractive', '-Command', """$join"""
    $second = Start-Process $command[0] $command[1..99] -PassThru -RedirectStandardOutput "$folder/said" -Environment @{
        CLUSTER_TICKET = $cluster.JoinTicket; TMPDIR = $folder; POWERSHELL_DIAGNOSTICS_OPTOUT = '1'
    }
    $null = Receive-ClusterEvent MachineJoined -Wait -Count 1 -TimeoutSec 30
    $null = Receive-ClusterEvent Ready -Count 2 -TimeoutSec 30
    Get-ClusterMachine | ForEach-Object { "$($_.ComputerName) has joined; with this machine there are $((Get-ClusterWorker).Count) workers." }

    # The work, and a cut when a third of it is done.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $results = 1..$Count | Invoke-ClusterWorker -BatchSize 4 {
        $from = 100000 + 200 * $_
        $primes = foreach ($number in $from..($from + 199)) {
            for ($divisor = 2; $divisor * $divisor -le $number -and $number % $divisor; $divisor++) { }
            if ($divisor * $divisor -gt $number) { $number }
        }
        @{ Number = $_; Worker = $ClusterWorker.Id; Primes = @($primes).Count }
    } | ForEach-Object -Begin { $done = 0 } -Process {
        if (++$done -eq [int]($Count / 3)) {
            if ($address) { $null = & ip link set $name down } else { $second.Kill() }
            Write-Host "After $done results the second machine is cut off."
        }
        $_
    }
    $seconds = $clock.Elapsed.TotalSeconds

    $machines = @{}
    Get-ClusterWorker -IncludeExited | ForEach-Object { $machines[$_.Id] = $_.ComputerName }
    'Results by machine:'
    $results | Group-Object { $machines[[long] $_.Worker] } | ForEach-Object { '  {0,5} from {1}' -f $_.Count, $_.Name }
    Receive-ClusterEvent MachineLost | ForEach-Object { "Lost: $($_.Reason)" }
    $different = @($results.Number | Sort-Object -Unique).Count
    '{0} results of {1} different numbers in {2:N1} s; {3:N0} primes.' -f $results.Count, $different, $seconds, ($results.Primes | Measure-Object -Sum).Sum
    if ($results.Count -ne $Count -or $different -ne $Count) { throw "There should be $Count results, each once." }
    'Every result came once.'

    if ($address) {
        # Its agent has ended the workers by itself, and joins again when it can.
        $null = & ip link set $name up
        Receive-ClusterEvent MachineReturned -Wait -Count 1 -TimeoutSec 30 | ForEach-Object { "The cable is in again: $($_.Reason)" }
    }
}
catch {
    Write-Error $_ -ErrorAction Continue
    exit 1
}
finally {
    # The end of the master sends the other machine away.
    Get-ClusterMaster | Stop-ClusterMaster
    if ($second) {
        if (-not $second.WaitForExit(10000)) { $second.Kill() }
        $second.WaitForExit()
    }
    if ($address) { $null = & ip netns delete $name }
    [System.IO.Directory]::Delete($folder, $true)
}
