# What the specs about several machines share: real ones, each a network namespace on a bridge of this machine. Needs root.
#
#   BeforeDiscovery { Import-Module "$PSScriptRoot/MachineHarness.psm1"; $why = Test-MachineNetwork }
#   Describe "...$(if ($why) { " (skipped: $why)" })" -Skip:([bool] $why) {
#       BeforeAll { $network = New-MachineNetwork; $alpha = Add-Machine $network alpha }
#       AfterAll { Remove-MachineNetwork $network }
#
# The spec's own process has the bridge's address, so that a master in it can listen there.

Import-Module "$PSScriptRoot/SpecHarness.psm1"
Import-Module "$PSScriptRoot/PortHarness.psm1"

$script:module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath

# Runs a program of the system; throws what it says if that fails.
function Invoke-Program {
    $program, $arguments = $args
    $said = & $program @arguments 2>&1
    if ($LASTEXITCODE -ne 0) {
        throw "$args failed: $said"
    }
    $said
}

<#
.SYNOPSIS
    Why there can be no machines here; null when there can.
#>
function Test-MachineNetwork {
    if (-not $IsLinux) {
        return 'network namespaces are a thing of Linux'
    }
    foreach ($program in 'ip', 'tc', 'nats-server') {
        if (-not (Get-Command $program -CommandType Application -ErrorAction Ignore)) {
            return "$program is not installed"
        }
    }
    $name = "cl-$PID-try"
    $said = & ip netns add $name 2>&1
    if ($LASTEXITCODE -ne 0) {
        return "no network namespace can be made: $said"
    }
    $said = & ip link add "cl${PID}t" type bridge 2>&1
    $canBridge = $LASTEXITCODE -eq 0
    & ip netns delete $name
    if (-not $canBridge) {
        return "no bridge can be made: $said"
    }
    & ip link delete "cl${PID}t"
    $null
}

# Takes away what a spec has made, by the id of its process, and whatever runs in it.
function Clear-MachineNetwork {
    param([int] $Id)

    foreach ($line in & ip netns list) {
        $namespace = ($line -split ' ')[0]
        if ($namespace -like "cl-$Id-*") {
            foreach ($one in & ip netns pids $namespace) {
                Stop-Process -Id $one -Force -ErrorAction Ignore
            }
            Invoke-Program ip netns delete $namespace
        }
    }
    if ([System.IO.Directory]::Exists("/sys/class/net/cl${Id}b")) {
        Invoke-Program ip link delete "cl${Id}b"
    }
}

<#
.SYNOPSIS
    A network without machines. Its Address is that of this process.
#>
function New-MachineNetwork {
    # What runs that were killed have left.
    $ids = @(& ip netns list) + @([System.IO.Directory]::GetDirectories('/sys/class/net') | Split-Path -Leaf) |
        ForEach-Object { if ($_ -match '^cl-?(\d+)(-|b$)') { [int] $Matches[1] } } | Sort-Object -Unique
    foreach ($id in $ids) {
        if ($id -eq $PID -or -not (Test-ProcessAlive $id)) {
            Clear-MachineNetwork $id
        }
    }
    $network = [pscustomobject]@{
        Bridge   = "cl${PID}b"
        Prefix   = "10.$(100 + [math]::Floor($PID / 256) % 150).$($PID % 256)"
        Address  = $null
        Machines = [System.Collections.Generic.List[object]]::new()
    }
    $network.Address = "$($network.Prefix).1"
    $null = Invoke-Program ip link add $network.Bridge type bridge
    $null = Invoke-Program ip address add "$($network.Address)/24" dev $network.Bridge
    $null = Invoke-Program ip link set $network.Bridge up
    $network
}

<#
.SYNOPSIS
    One more machine: a namespace with an address, connected to the bridge, and a folder for temporary files.
#>
function Add-Machine {
    param($Network, [string] $Name)

    $number = $Network.Machines.Count + 2
    $machine = [pscustomobject]@{
        Name      = $Name
        Namespace = "cl-$PID-$Name"
        Address   = "$($Network.Prefix).$number"
        Link      = "cl${PID}v$number"
        Temp      = Join-Path ([System.IO.Path]::GetTempPath()) "m$number$(Get-Random -Maximum 1000000)"
        Scripts   = [System.Collections.Generic.List[object]]::new()
    }
    $null = [System.IO.Directory]::CreateDirectory($machine.Temp)
    $null = Invoke-Program ip netns add $machine.Namespace
    $null = Invoke-Program ip link add $machine.Link type veth peer name eth0 netns $machine.Namespace
    $null = Invoke-Program ip link set $machine.Link master $Network.Bridge up
    $null = Invoke-Program ip -netns $machine.Namespace address add "$($machine.Address)/24" dev eth0
    $null = Invoke-Program ip -netns $machine.Namespace link set eth0 up
    $null = Invoke-Program ip -netns $machine.Namespace link set lo up
    $Network.Machines.Add($machine)
    $machine
}

<#
.SYNOPSIS
    Starts a script on a machine, as Start-HostScript does here. The network ends it.
#>
function Start-MachineScript {
    param($Machine, [string] $Path, [string[]] $ArgumentList = @(), [hashtable] $Environment = @{})

    $started = Start-HostScript $Path -ArgumentList $ArgumentList -Through ip, netns, exec, $Machine.Namespace -Environment (
        $Environment + @{ TMPDIR = $Machine.Temp })
    $Machine.Scripts.Add($started)
    $started
}

<#
.SYNOPSIS
    Runs Join-ClusterMaster on a machine, with its name and two workers unless told otherwise. It writes a line for whatever the command
    says, and in the end "left" or "error=" with the error's id and message.
#>
function Start-Agent {
    param($Machine, [hashtable] $With, [hashtable] $Environment = @{})

    $all = @{ ComputerName = $Machine.Name; WorkerCount = 2 }
    foreach ($name in $With.Keys) {
        $all[$name] = $With[$name]
    }
    Start-MachineScript $Machine "$PSScriptRoot/Files/machine-agent.ps1" $script:module, (ConvertTo-Json $all -Compress) -Environment $Environment
}

<#
.SYNOPSIS
    Cuts a machine off: whatever it sends and is sent is lost, and nobody is told.
#>
function Disconnect-Machine {
    param($Machine)

    $null = Invoke-Program ip link set $Machine.Link down
}

<#
.SYNOPSIS
    Connects it again.
#>
function Connect-Machine {
    param($Machine)

    $null = Invoke-Program ip link set $Machine.Link up
}

<#
.SYNOPSIS
    Makes a machine's connection slow in both directions, "1mbit" say, or full again.
#>
function Set-MachineRate {
    param($Machine, [string] $Rate)

    if ($Rate) {
        $null = Invoke-Program tc qdisc replace dev $Machine.Link root tbf rate $Rate burst 32kb latency 400ms
        $null = Invoke-Program tc -netns $Machine.Namespace qdisc replace dev eth0 root tbf rate $Rate burst 32kb latency 400ms
    }
    else {
        $null = Invoke-Program tc qdisc delete dev $Machine.Link root
        $null = Invoke-Program tc -netns $Machine.Namespace qdisc delete dev eth0 root
    }
}

<#
.SYNOPSIS
    The ids of the processes that run on a machine.
#>
function Get-MachineProcess {
    param($Machine)

    @(Invoke-Program ip netns pids $Machine.Namespace | ForEach-Object { [int] $_ } | Where-Object { Test-ProcessAlive $_ })
}

<#
.SYNOPSIS
    Takes the machines away, with all that runs on them.
#>
function Remove-MachineNetwork {
    param($Network)

    Clear-MachineNetwork $PID
    foreach ($machine in $Network.Machines) {
        foreach ($started in $machine.Scripts) {
            Stop-HostScript $started
        }
        [System.IO.Directory]::Delete($machine.Temp, $true)
    }
}

<#
.SYNOPSIS
    Starts a message server, by default one for this machine without users and encryption, on a free port. Stop-MessageServer ends it.
#>
function Start-MessageServer {
    param([string] $Folder, [string[]] $ArgumentList = @('--addr', '127.0.0.1', '--port', '-1'))

    $null = [System.IO.Directory]::CreateDirectory($Folder)
    $start = [System.Diagnostics.ProcessStartInfo]::new('nats-server')
    foreach ($argument in $ArgumentList + '--ports_file_dir', $Folder, '--log', "$Folder/log") {
        $start.ArgumentList.Add($argument)
    }
    $process = [System.Diagnostics.Process]::Start($start)
    # The file is there before all of it is.
    $file = "$Folder/nats-server_$($process.Id).ports"
    function Read-Address { try { ([System.IO.File]::ReadAllText($file) | ConvertFrom-Json).nats } catch { } }
    Wait-Until { (Read-Address) -or $process.HasExited }
    if ($process.HasExited) {
        throw "The server does not start: $([System.IO.File]::ReadAllText("$Folder/log"))"
    }
    [pscustomobject]@{ Process = $process; Port = ([uri] @(Read-Address)[0]).Port }
}

<#
.SYNOPSIS
    Ends a server of Start-MessageServer, once.
#>
function Stop-MessageServer {
    param($Server)

    if ($Server.Process) {
        $Server.Process.Kill()
        $Server.Process.WaitForExit()
        $Server.Process.Dispose()
        $Server.Process = $null
    }
}

Export-ModuleMember -Function Start-MessageServer, Stop-MessageServer, Test-MachineNetwork, New-MachineNetwork, Add-Machine, Start-MachineScript, Start-Agent, Disconnect-Machine,
    Connect-Machine, Set-MachineRate, Get-MachineProcess, Remove-MachineNetwork
