# A map whose workers are killed at random all the time: every result must come exactly once, and in order. Then a map with items that
# kill their worker: each of them is named, and all others have results.
#
#   pwsh bench/map-kill.ps1 -Items 100000 -Interval 200
param([int] $Items = 100000, [int] $Interval = 200, [int] $RetryCount = 50)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$pool = Start-ClusterMaster
$state = [hashtable]::Synchronized(@{ Kills = 0; IsOver = $false; Processes = @() })

# In a runspace of its own: this one is busy with the map. Its victims are workers that work: a start takes longer than the interval.
$killer = [powershell]::Create().AddScript({
        param($state, $interval, $module, $pool)
        Import-Module $module
        $random = [Random]::new(1)
        while (-not $state.IsOver) {
            [System.Threading.Thread]::Sleep($interval)
            $workers = @(Get-ClusterWorker -Master $pool -State Ready)
            if ($workers.Count -gt 0 -and -not $state.IsOver) {
                try {
                    [System.Diagnostics.Process]::GetProcessById($workers[$random.Next($workers.Count)].ProcessId).Kill()
                    $state.Kills++
                }
                catch [System.ArgumentException], [System.InvalidOperationException] {
                    # It has ended meanwhile.
                }
            }
        }
    }).AddArgument($state).AddArgument($Interval).AddArgument("$PSScriptRoot/../module/Cluster.psd1").AddArgument($pool)

$clock = [System.Diagnostics.Stopwatch]::StartNew()
1..$Items | Invoke-ClusterWorker { $_ * 2 } -Ordered > $null
'{0:N0} items without a kill: {1:N1} s' -f $Items, $clock.Elapsed.TotalSeconds

$running = $killer.BeginInvoke()
$clock.Restart()
$results = @(1..$Items | Invoke-ClusterWorker { $_ * 2 } -Ordered -RetryCount $RetryCount -ErrorVariable failures -ErrorAction SilentlyContinue)
$time = $clock.Elapsed.TotalSeconds
$state.IsOver = $true
$null = $killer.EndInvoke($running)
$wrong = 0
for ($i = 0; $i -lt $results.Count; $i++) { if ($results[$i] -ne 2 * ($i + 1)) { $wrong++ } }
'{0:N0} items with {1} kills, one every {2} ms: {3:N1} s; {4:N0} results, {5} out of place, {6} errors' -f
    $Items, $state.Kills, $Interval, $time, $results.Count, $wrong, $failures.Count

$clock.Restart()
$results = @(1..1000 | Invoke-ClusterWorker { if ($_ % 100 -eq 0) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }; $_ } -ErrorVariable failures -ErrorAction SilentlyContinue)
'1,000 items of which 10 kill their worker: {0:N1} s; {1} results, {2} errors, that name {3}' -f
    $clock.Elapsed.TotalSeconds, $results.Count, $failures.Count, ((@($failures.TargetObject) | Sort-Object) -join ' ')
$pool | Stop-ClusterMaster
