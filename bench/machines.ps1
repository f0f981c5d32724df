#Requires -Version 7.4

<#
.SYNOPSIS
    What another machine costs: round trips, items of a map and floods of a worker behind NATS, beside those of a bare NATS client and of a worker of this machine.
.DESCRIPTION
    Everything is on this machine, over its loopback: the master's own server with TLS, an agent in a process of its own. The bare client asks and
    answers over a server of its own without TLS, from the same process to one of a worker. Rounds are in turns; medians are shown.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 100)]
    [int] $Rounds = 5,

    [ValidateRange(1, 1000000)]
    [int] $Requests = 1000,

    [ValidateRange(1, 10000000)]
    [int] $Messages = 100000
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3
Import-Module (Join-Path $PSScriptRoot '../module/Cluster.psd1')

# The client that the module brings, used as a program would that has nothing else.
$library = Join-Path $PSScriptRoot '../module/bin/net'
$bare = @'
using System;
using System.Diagnostics;
using System.Threading.Tasks;
using NATS.Client.Core;

public static class BareNats
{
    public static async Task AnswerAsync(string url)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = url });
        await foreach (var message in connection.SubscribeAsync<byte[]>("bare.echo"))
        {
            if (message.Data is not { Length: > 1 }) { return; }
            await message.ReplyAsync(message.Data);
        }
    }

    public static async Task<double> AskAsync(string url, int count)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = url });
        var body = new byte[100];
        for (var i = 0; i < 200; i++) { await connection.RequestAsync<byte[], byte[]>("bare.echo", body); }
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++) { await connection.RequestAsync<byte[], byte[]>("bare.echo", body); }
        return clock.Elapsed.TotalMicroseconds / count;
    }

    public static async Task EndAsync(string url)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = url });
        await connection.PublishAsync("bare.echo", new byte[1]);
        await connection.PingAsync();
    }
}
'@
$compile = {
    param($library, $bare)
    $null = [System.Reflection.Assembly]::LoadFrom((Join-Path $library 'NATS.Client.Core.dll'))
    Add-Type -TypeDefinition $bare -IgnoreWarnings -WarningAction SilentlyContinue -ReferencedAssemblies @(
        Get-ChildItem $library -Filter 'NATS*.dll' | ForEach-Object FullName
        'System.Runtime', 'System.Threading', 'System.Collections', 'System.Memory', 'System.Linq', 'System.Net.Primitives', 'System.Net.Security', 'netstandard')
}

function Get-Median([double[]] $Values) {
    $sorted = $Values | Sort-Object
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}

$folder = [System.IO.Directory]::CreateTempSubdirectory('cluster-bench-').FullName
$tickets = 'script', 'map' | ForEach-Object { Join-Path $folder $_ }
$port = 20000 + ($PID % 20000)
$server = Start-Process nats-server '-a', '127.0.0.1', '-p', $port, '-l', (Join-Path $folder 'log') -PassThru
$module = (Resolve-Path (Join-Path $PSScriptRoot '../module/Cluster.psd1')).Path
$agents = foreach ($ticket in $tickets) {
    Start-Process (Get-Process -Id $PID).Path '-NoProfile', '-Command', "
        Import-Module '$module'; while (-not (Test-Path '$ticket')) { [System.Threading.Thread]::Sleep(20) }; Join-ClusterMaster -TicketPath '$ticket' -WorkerCount 1 -ComputerName there" -PassThru -RedirectStandardOutput "$ticket.out"
}
$answering = Start-ClusterMaster -Name Bare -WorkerCount 1 -ArgumentList $library, $bare, "$compile", "nats://127.0.0.1:$port" -ScriptBlock {
    param($library, $bare, $compile, $url)
    . ([scriptblock]::Create($compile)) $library $bare
    Set-WorkerReady
    [BareNats]::AnswerAsync($url).GetAwaiter().GetResult()
} -ExplicitReady
. $compile $library $bare

$script = {
    Receive-WorkerMessage -Wait | ForEach-Object {
        if ($_.Kind -eq 'Request') { Send-WorkerMessage $_.Body -ReplyTo $_ }
        elseif ($_.Topic -eq 'flood') { 1..$_.Body | Send-WorkerMessage }
        elseif ($_.Topic -eq 'end') { Send-WorkerMessage 'end' }
    }
}
try {
    $here = Start-ClusterMaster -Name Here -WorkerCount 1 -ScriptBlock $script
    $there = Start-ClusterMaster -Name There -Listen 127.0.0.1:0 -TicketPath $tickets[0] -NoLocalWorker -MinimumMachineCount 1 -ScriptBlock $script
    $null = Start-ClusterMaster -Name 'Here map' -WorkerCount 1
    $null = Start-ClusterMaster -Name 'There map' -Listen 127.0.0.1:0 -TicketPath $tickets[1] -NoLocalWorker -MinimumMachineCount 1
    $figures = [ordered]@{}
    function Add-Figure([string] $Name, [double] $Value) {
        if (-not $figures.Contains($Name)) { $figures[$Name] = [System.Collections.Generic.List[double]]::new() }
        $figures[$Name].Add($Value)
    }

    for ($round = 0; $round -le $Rounds; $round++) {
        $clock = [System.Diagnostics.Stopwatch]::new()
        Add-Figure 'request, bare NATS, us' ([BareNats]::AskAsync("nats://127.0.0.1:$port", $Requests).GetAwaiter().GetResult())
        foreach ($master in $here, $there) {
            $worker = $master.Workers[0]
            $clock.Restart()
            for ($i = 0; $i -lt $Requests; $i++) { $null = Invoke-WorkerRequest 'x' -Worker $worker }
            Add-Figure "request, worker $($master.Name.ToLower()), us" ($clock.Elapsed.TotalMicroseconds / $Requests)
            $clock.Restart()
            $null = 1..$Requests | Invoke-ClusterWorker { $_ } -Master "$($master.Name) map" -ThrottleLimit 1 -BatchSize 1
            Add-Figure "item of a map $($master.Name.ToLower()), us" ($clock.Elapsed.TotalMicroseconds / $Requests)
            $clock.Restart()
            1..$Messages | Send-WorkerMessage -Worker $worker
            Send-WorkerMessage 'end' -Topic end -Worker $worker
            $null = Receive-WorkerMessage -Worker $worker -Count 1
            Add-Figure "messages to a worker $($master.Name.ToLower()), us each" ($clock.Elapsed.TotalMicroseconds / $Messages)
            $clock.Restart()
            Send-WorkerMessage $Messages -Topic flood -Worker $worker
            $null = Receive-WorkerMessage -Worker $worker -Count $Messages
            Add-Figure "messages from a worker $($master.Name.ToLower()), us each" ($clock.Elapsed.TotalMicroseconds / $Messages)
        }

        if ($round -eq 0) {
            # Compilers: the first round is not counted.
            $figures.Clear()
        }
    }

    $figures.GetEnumerator() | ForEach-Object { [pscustomobject]@{ What = $_.Key; Median = [Math]::Round((Get-Median $_.Value), 2); All = ($_.Value | ForEach-Object { [Math]::Round($_, 1) }) -join ' ' } } | Format-Table -AutoSize -Wrap
}
finally {
    $null = [BareNats]::EndAsync("nats://127.0.0.1:$port").GetAwaiter().GetResult()
    Get-ClusterMaster | Stop-ClusterMaster
    $agents | ForEach-Object { $null = $_.WaitForExit(10000) }
    Stop-Process -Id $server.Id
    Remove-Item $folder -Recurse
}
