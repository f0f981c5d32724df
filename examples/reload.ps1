# Takes up new code while clients are being served: rolling reloads under load, with no request lost.
#
#   pwsh examples/reload.ps1 -Reloads 10

param([int] $Reloads = 3)

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

# The service is a file, as in real life: each reload runs what is in it then.
$script = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "reload-$PID.ps1")
function Set-ServiceVersion([int] $Version) {
    Set-Content -LiteralPath $script -Value "Start-WorkerHttpServer 0 -Handler { 'version $Version' }"
}

Set-ServiceVersion 1
$cluster = Start-ClusterMaster $script -WorkerCount 2
try {
    $null = Receive-ClusterEvent -Name Listening -Count 2
    $address = "http://$((Get-ClusterWorker)[0].Endpoints[0])/"

    # Clients that ask as fast as they are answered, all the time.
    $stop = [System.Threading.CancellationTokenSource]::new()
    $seen = [System.Collections.Concurrent.ConcurrentDictionary[string, int]]::new()
    $clients = 1..4 | ForEach-Object {
        $shell = [powershell]::Create().AddScript({
            param($Address, $Stop, $Seen)
            $client = [System.Net.Http.HttpClient]::new()
            while (-not $Stop.IsCancellationRequested) {
                $answer = try { $client.GetStringAsync($Address).GetAwaiter().GetResult() } catch { "failed: $($_.Exception.GetBaseException().Message)" }
                $null = $Seen.AddOrUpdate($answer, 1, [Func[string, int, int]] { param($key, $count) $count + 1 })
            }
            $client.Dispose()
        }).AddArgument($address).AddArgument($stop).AddArgument($seen)
        [pscustomobject]@{ Shell = $shell; Run = $shell.BeginInvoke() }
    }

    foreach ($number in 1..$Reloads) {
        Set-ServiceVersion ($number + 1)
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $null = Get-ClusterWorker | Restart-ClusterWorker
        'Reload {0} of 2 workers: {1:n1} s' -f $number, $clock.Elapsed.TotalSeconds
    }

    $stop.Cancel()
    foreach ($client in $clients) {
        $null = $client.Shell.EndInvoke($client.Run)
        $client.Shell.Dispose()
    }
    $failed = 0
    foreach ($answer in $seen.Keys | Sort-Object) {
        '{0}: {1} times' -f $answer, $seen[$answer]
        if ($answer -like 'failed*') { $failed += $seen[$answer] }
    }
    "$failed requests failed"
}
finally {
    $cluster | Stop-ClusterMaster
    Remove-Item -LiteralPath $script
}
