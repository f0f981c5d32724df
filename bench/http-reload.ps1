# Rolling reloads of two workers that serve HTTP, under wrk: with connections that are kept, and with one per request. Prints how
# many requests have failed, and how many connections were refused. Then SIGKILLs of workers under the same load.
#
#   pwsh bench/http-reload.ps1 -Reloads 100
param([int] $Reloads = 100, [int] $Kills = 10, [int] $Connections = 64)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../module/Cluster.psd1"

function Start-Wrk([int] $Port, [string[]] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new('wrk', [string[]](@('-t1', "-c$Connections", '-d3600s') + $Arguments + "http://127.0.0.1:$Port/"))
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{ Process = $process; Output = $process.StandardOutput.ReadToEndAsync() }
}

function Stop-Wrk($Load) {
    & kill -INT $Load.Process.Id
    if (-not $Load.Process.WaitForExit(30000)) { $Load.Process.Kill() }
    $text = $Load.Output.Result
    $requests = [long][regex]::Match($text, '(\d+) requests in').Groups[1].Value
    $errors = [regex]::Match($text, 'Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)')
    $other = [regex]::Match($text, 'Non-2xx or 3xx responses: (\d+)')
    [pscustomobject]@{
        Requests = $requests
        Refused  = [long]("0" + $errors.Groups[1].Value)
        Failed   = [long]("0" + $errors.Groups[2].Value) + [long]("0" + $errors.Groups[3].Value) + [long]("0" + $other.Groups[1].Value)
        Late     = [long]("0" + $errors.Groups[4].Value)
    }
}

foreach ($way in @{ Name = 'kept connections'; Arguments = @() }, @{ Name = 'one connection per request'; Arguments = '-H', 'Connection: close' }) {
    $cluster = Start-ClusterMaster -WorkerCount 2 -RestartDelaySec 0.01 -ScriptBlock { Start-WorkerHttpServer 0 -Handler { 'Hello, world' } -Backlog 4096 }
    $null = Receive-ClusterEvent -Name Listening -Count 2
    $port = [int]((Get-ClusterWorker)[0].Endpoints[0] -split ':')[-1]

    # Once as a warm-up: what the first reload leaves open is not of the reloads.
    $null = Get-ClusterWorker -State Ready | Restart-ClusterWorker -ErrorAction Stop
    $descriptors = $IsLinux ? [System.IO.Directory]::GetFileSystemEntries("/proc/$PID/fd").Count : $null
    $load = Start-Wrk $port $way.Arguments
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    foreach ($number in 1..$Reloads) { $null = Get-ClusterWorker -State Ready | Restart-ClusterWorker -ErrorAction Stop }
    $seconds = $clock.Elapsed.TotalSeconds
    $result = Stop-Wrk $load
    '{0} rolling reloads of 2 workers in {1:n0} s, {2}: {3} requests, {4} failed, {5} connections refused, {6} late' -f
        $Reloads, $seconds, $way.Name, $result.Requests, $result.Failed, $result.Refused, $result.Late
    if ($IsLinux) {
        'descriptors of the master before and after: {0}, {1}' -f $descriptors, [System.IO.Directory]::GetFileSystemEntries("/proc/$PID/fd").Count
    }

    if ($Kills) {
        $load = Start-Wrk $port $way.Arguments
        foreach ($number in 1..$Kills) {
            $null = Get-ClusterWorker | Wait-ClusterWorker -State Ready -TimeoutSec 30
            $victim = Get-ClusterWorker -State Ready | Get-Random
            & kill -KILL $victim.ProcessId
            $null = Receive-ClusterEvent -Name Restart -Count 1 -TimeoutSec 30
            $null = Receive-ClusterEvent -Name Listening -Wait -Count 1 -TimeoutSec 30
        }
        $result = Stop-Wrk $load
        '{0} SIGKILLs, {1}: {2} requests, {3} failed, {4} connections refused, {5} dropped' -f
            $Kills, $way.Name, $result.Requests, $result.Failed, $result.Refused, (Get-ClusterMetric -Name cluster.connection.dropped).Value
    }
    $cluster | Stop-ClusterMaster -Force
}
