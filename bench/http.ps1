# Requests per second of an HTTP server whose handler is a script block, beside one of Node's cluster, by wrk in turns. Prints a
# table: medians, the median of the ratios run by run, latencies, and the imbalance between the workers.
#
#   pwsh bench/http.ps1 -Runs 5 -Seconds 4
param(
    [int] $Runs = 3,
    [int] $Seconds = 3,
    [int[]] $Workers = @(1, 2),
    [int[]] $Connections = @(32, 256),
    [string[]] $Kind = @('hello', 'json', 'wait', 'close'),
    [int] $Threads = 1
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../module/Cluster.psd1"
foreach ($tool in 'wrk', 'node') {
    if (-not (Get-Command $tool -CommandType Application -ErrorAction Ignore)) { throw "This needs $tool." }
}

# What each measurement asks for.
$requests = @{
    hello = @{ Path = '/hello' }
    json  = @{ Path = '/echo/7'; Script = 'wrk.method = "POST"; wrk.body = "{\"name\":\"an item\",\"values\":[1,2,3,4,5],\"nested\":{\"ok\":true}}"; wrk.headers["Content-Type"] = "application/json"' }
    wait  = @{ Path = '/wait' }
    close = @{ Path = '/hello'; Header = 'Connection: close' }
}

function ConvertTo-Microsecond([string] $Text) {
    $number = [double]::Parse(($Text -replace '[a-z]'), [cultureinfo]::InvariantCulture)
    $number * @{ us = 1; ms = 1000; s = 1e6; m = 6e7 }[($Text -replace '[^a-z]')]
}

function Invoke-Wrk([int] $Port, [string] $Kind, [int] $Connection) {
    $request = $requests[$Kind]
    $arguments = @("-t$Threads", "-c$Connection", "-d${Seconds}s", '--latency')
    if ($request.Header) { $arguments += '-H', $request.Header }
    if ($request.Script) {
        $script = [System.IO.Path]::GetTempFileName()
        [System.IO.File]::WriteAllText($script, $request.Script)
        $arguments += '-s', $script
    }
    $text = (& wrk @arguments "http://127.0.0.1:$Port$($request.Path)") -join "`n"
    if ($request.Script) { Remove-Item $script }
    if ($text -notmatch 'Requests/sec:\s+([\d.]+)') { throw "wrk has failed: $text" }
    $rate = [double]::Parse($Matches[1], [cultureinfo]::InvariantCulture)
    [pscustomobject]@{
        Rate   = $rate
        P50    = ConvertTo-Microsecond ([regex]::Match($text, '(?m)^\s+50%\s+(\S+)').Groups[1].Value)
        P99    = ConvertTo-Microsecond ([regex]::Match($text, '(?m)^\s+99%\s+(\S+)').Groups[1].Value)
        Failed = ($text -match 'Non-2xx.*?(\d+)' ? [int] $Matches[1] : 0) + ($text -match 'Socket errors: connect (\d+), read (\d+), write (\d+)' ? [int]$Matches[1] + [int]$Matches[2] + [int]$Matches[3] : 0)
    }
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][Math]::Floor($Values.Count / 2)] }

function Start-Own([int] $Count, [string] $Kind) {
    $cluster = Start-ClusterMaster -WorkerCount $Count -ArgumentList $Kind -ScriptBlock {
        param($Kind)
        # Counted by the script: what each worker has answered.
        $global:answered = 0
        if ($Kind -eq 'json') {
            Start-WorkerHttpServer 0 -Route @{
                'POST /echo/{id:int}' = {
                    param($Request)
                    $global:answered++
                    $sum = 0
                    foreach ($value in $Request.Json.values) { $sum += $value }
                    @{ id = [int]$Request.RouteValues['id']; name = $Request.Json.name; sum = $sum; ok = $true }
                }
            }
        }
        elseif ($Kind -eq 'wait') {
            Start-WorkerHttpServer 0 -ConcurrentRequests 16 -Handler { param($Request) [System.Threading.Thread]::Sleep(5); 'done' }
        }
        else {
            Start-WorkerHttpServer 0 -Handler { param($Request) $global:answered++; 'Hello, world' }
        }
        Send-WorkerMessage $global:answered
    }
    $null = Receive-ClusterEvent -Name Listening -Count $Count
    [pscustomobject]@{ Cluster = $cluster; Port = [int]((Get-ClusterWorker)[0].Endpoints[0] -split ':')[-1] }
}

function Start-Node([int] $Count) {
    $start = [System.Diagnostics.ProcessStartInfo]::new('node', @("$PSScriptRoot/node/http.js", "$Count"))
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{ Process = $process; Port = [int] $process.StandardOutput.ReadLine() }
}

$rows = foreach ($count in $Workers) {
    $node = Start-Node $count
    foreach ($one in $Kind) {
        $own = Start-Own $count $one
        foreach ($connection in $Connections) {
            # Both sides are warm before it counts: the compilers of .NET take some seconds of load.
            foreach ($round in 1..3) {
                $null = Invoke-Wrk $own.Port $one $connection
                $null = Invoke-Wrk $node.Port $one $connection
            }
            $ours = @()
            $theirs = @()
            for ($run = 0; $run -lt $Runs; $run++) {
                $ours += Invoke-Wrk $own.Port $one $connection
                $theirs += Invoke-Wrk $node.Port $one $connection
            }
            $ratios = for ($run = 0; $run -lt $Runs; $run++) { $ours[$run].Rate / $theirs[$run].Rate }
            $row = [pscustomobject]@{
                Kind = $one; Workers = $count; Connections = $connection
                Own = [Math]::Round((Get-Median $ours.Rate)); Node = [Math]::Round((Get-Median $theirs.Rate)); Ratio = [Math]::Round((Get-Median $ratios), 2)
                OwnP50 = Get-Median $ours.P50; NodeP50 = Get-Median $theirs.P50; OwnP99 = Get-Median $ours.P99; NodeP99 = Get-Median $theirs.P99
                Failed = ($ours.Failed | Measure-Object -Sum).Sum; NodeFailed = ($theirs.Failed | Measure-Object -Sum).Sum; Imbalance = $null
            }
            [Console]::Error.WriteLine(($row | Select-Object Kind, Workers, Connections, Own, Node, Ratio, OwnP99, NodeP99, Failed | ConvertTo-Json -Compress))
            $row
        }
        $handed = @((Get-ClusterMetric -Name cluster.connection.handed_over).Value)
        $own.Cluster | Stop-ClusterMaster
        $answered = @(Receive-WorkerMessage -ExpandBody)
        if ($count -gt 1 -and ($answered | Measure-Object -Sum).Sum) {
            $sorted = $answered | Sort-Object
            $row.Imbalance = '{0:p1} of requests, {1:p1} of connections' -f (($sorted[-1] - $sorted[0]) / ($answered | Measure-Object -Sum).Sum), (([Math]::Abs($handed[0] - $handed[1])) / ($handed | Measure-Object -Sum).Sum)
        }
    }
    $node.Process.StandardInput.Close()
    $node.Process.WaitForExit()
}

'| request | workers | connections | Cluster, requests/s | Node | Cluster : Node | p50, us | Node''s | p99, us | Node''s | failed | imbalance |'
'| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |'
foreach ($row in $rows) {
    "| $($row.Kind) | $($row.Workers) | $($row.Connections) | $($row.Own) | $($row.Node) | $($row.Ratio) | $($row.OwnP50) | $($row.NodeP50) | $($row.OwnP99) | $($row.NodeP99) | $($row.Failed), $($row.NodeFailed) | $($row.Imbalance) |"
}
