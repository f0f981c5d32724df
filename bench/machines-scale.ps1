#Requires -Version 7.4

<#
.SYNOPSIS
    What a leader and its server carry: their memory, their idle processor time, and messages a second, with 1, 20 and 200 machines.
.DESCRIPTION
    Everything is on this machine, over its loopback with TLS. The machines are real agents, each with a connection and a link of its own, but many of
    them share a process, and each has one worker that is no PowerShell but bench/python/stand-in.py: so 200 of them fit, and what is measured is the
    leader and the server. The agents and the workers share the processor with both. Needs Linux, nats-server and Python 3.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 1000)]
    [int[]] $MachineCount = @(1, 20, 200),

    [ValidateRange(1, 10000000)]
    [int] $Messages = 100000,

    [ValidateRange(1, 1000000)]
    [int] $Requests = 2000,

    [ValidateRange(1, 600)]
    [int] $IdleSec = 20,

    # How many agents share a process.
    [ValidateRange(1, 1000)]
    [int] $Share = 25
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
$module = (Resolve-Path (Join-Path $PSScriptRoot '../module/Cluster.psd1')).Path
Import-Module $module -Verbose:$false
$standIn = Join-Path $PSScriptRoot 'python/stand-in.py'
$folder = [System.IO.Directory]::CreateTempSubdirectory('cluster-bench-').FullName
[System.IO.File]::WriteAllText("$folder/run.ps1", @'
param($Module, $Ticket, $HostPath, [int] $First, [int] $Count)
$runs = foreach ($number in $First..($First + $Count - 1)) {
    $shell = [powershell]::Create().AddScript({
        param($Module, $Ticket, $HostPath, $Number)
        Import-Module $Module
        # Many at once on few cores: not everybody gets through at the first time.
        for ($try = 1; $try -le 10; $try++) {
            $failure = $null
            Join-ClusterMaster -TicketPath $Ticket -HostPath $HostPath -WorkerCount 1 -ComputerName "machine$Number" -ErrorAction SilentlyContinue -ErrorVariable failure
            if (-not $failure) { break }
            [Console]::WriteLine("machine${Number}: $($failure[0].FullyQualifiedErrorId): $($failure[0].Exception.Message)")
        }
    }).AddArgument($Module).AddArgument($Ticket).AddArgument($HostPath).AddArgument($number)
    [pscustomobject]@{ Shell = $shell; Run = $shell.BeginInvoke() }
}
foreach ($run in $runs) {
    $null = $run.Shell.EndInvoke($run.Run)
    $run.Shell.Streams.Error | ForEach-Object { "error: $_" }
}
'@)

function Get-Use($Server) {
    foreach ($id in $PID, $Server.Id) {
        $process = [System.Diagnostics.Process]::GetProcessById($id)
        [pscustomobject]@{ Memory = $process.WorkingSet64 / 1MB; Cpu = $process.TotalProcessorTime.TotalSeconds }
    }
}

function Measure-Machine([int] $Count) {
    $ticket = "$folder/ticket$Count"
    $cluster = Start-ClusterMaster -Name "Scale$Count" -Listen 127.0.0.1:0 -TicketPath $ticket -NoLocalWorker -ScriptBlock { 'never run' }
    $server = Get-Process nats-server | Where-Object { $_.Parent.Parent.Id -eq $PID }
    [System.GC]::Collect()
    $empty = @(Get-Use $server)
    $body = 'x' * 98
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $agents = for ($first = 1; $first -le $Count; $first += $Share) {
        Start-Process (Get-Process -Id $PID).Path '-NoProfile', '-File', "$folder/run.ps1", $module, $ticket, $standIn, $first, ([Math]::Min($Share, $Count - $first + 1)) -PassThru -RedirectStandardOutput "$folder/agents$first"
    }
    try {
        do {
            $null = Receive-ClusterEvent Ready -Wait -Count 1 -TimeoutSec 5
            $workers = @(Get-ClusterWorker -State Ready)
        } while ($workers.Count -lt $Count -and $clock.Elapsed.TotalSeconds -lt 120)
        $joined = $clock.Elapsed.TotalSeconds
        if ($workers.Count -ne $Count) { throw "$($workers.Count) of $Count machines are ready, $(@(Get-ClusterMachine).Count) have joined. $(Get-ClusterWorker | Group-Object State | ForEach-Object { "$($_.Count) $($_.Name)" }) $(Get-Content "$folder/agents*" | Select-Object -Last 5)" }
        $lost = @(Receive-ClusterEvent MachineLost).Count

        Start-Sleep -Seconds 5
        $before = @(Get-Use $server)
        Start-Sleep -Seconds $IdleSec
        $after = @(Get-Use $server)

        $each = [Math]::Max(1, [int]($Messages / $Count))
        $rates = foreach ($round in 1..2) {
            # The first round is for the compilers.
            $clock.Restart()
            for ($i = 0; $i -lt $each; $i += 100) { , $body * [Math]::Min(100, $each - $i) | Send-WorkerMessage -All }
            Send-WorkerMessage 'end' -All
            $null = Receive-WorkerMessage -Count $Count -TimeoutSec 300
            $out = $each * $Count / $clock.Elapsed.TotalSeconds

            $clock.Restart()
            Send-WorkerMessage $each -All
            $got = @(Receive-WorkerMessage -Count ($each * $Count) -TimeoutSec 300).Count
            if ($got -ne $each * $Count) { throw "$got of $($each * $Count) messages have come." }
            $in = $got / $clock.Elapsed.TotalSeconds

            $clock.Restart()
            $answers = @(1..$Requests | Invoke-WorkerRequest -TimeoutSec 60).Count
            if ($answers -ne $Requests) { throw "$answers of $Requests requests were answered." }
            $asked = $answers / $clock.Elapsed.TotalSeconds

            $clock.Restart()
            for ($i = 0; $i -lt 500; $i++) { $null = Invoke-WorkerRequest 1 -Worker $workers[$i % $Count] -TimeoutSec 60 }
            [pscustomobject]@{ Out = $out; In = $in; Asked = $asked; One = $clock.Elapsed.TotalMicroseconds / 500 }
        }
        [System.GC]::Collect()
        $end = @(Get-Use $server)
        $best = $rates[-1]
        [pscustomobject][ordered]@{
            'machines'                        = $Count
            'all joined and ready, s'         = [Math]::Round($joined, 1)
            'lost while others joined'        = $lost
            'leader before, MB'               = [Math]::Round($empty[0].Memory)
            'leader, MB'                      = [Math]::Round($before[0].Memory)
            'leader after the floods, MB'     = [Math]::Round($end[0].Memory)
            'server before, MB'               = [Math]::Round($empty[1].Memory)
            'server, MB'                      = [Math]::Round($before[1].Memory)
            'server after the floods, MB'     = [Math]::Round($end[1].Memory)
            'leader idle, % of a core'        = [Math]::Round(100 * ($after[0].Cpu - $before[0].Cpu) / $IdleSec, 1)
            'server idle, % of a core'        = [Math]::Round(100 * ($after[1].Cpu - $before[1].Cpu) / $IdleSec, 1)
            'messages/s to the workers'       = [Math]::Round($best.Out)
            'messages/s from the workers'     = [Math]::Round($best.In)
            'requests/s, many at once'        = [Math]::Round($best.Asked)
            'request, one after the other, us' = [Math]::Round($best.One)
        }
    }
    finally {
        $clock.Restart()
        $cluster | Stop-ClusterMaster
        foreach ($agent in $agents) {
            if (-not $agent.WaitForExit(30000)) { $agent.Kill($true) }
        }
        Write-Verbose "The end took $([Math]::Round($clock.Elapsed.TotalSeconds, 1)) s. $(Get-Content "$folder/agents*" | Group-Object { $_ -replace '^\S+ ' } | ForEach-Object { "$($_.Count) x $($_.Name)." })"
    }
}

try {
    foreach ($count in $MachineCount) { Measure-Machine $count }
}
finally {
    [System.IO.Directory]::Delete($folder, $true)
}
