# What the comparison says beside the figures of the other benchmarks: how long a call that hangs keeps its caller, what is left when
# the caller is killed, and what a worker that does nothing takes of the memory. Linux; Node's part only where there is Node.
#
#   pwsh bench/peers.ps1
param([ValidateSet('Hang', 'Orphan', 'Memory', 'Blocked')] [string[]] $Kind = @('Hang', 'Orphan', 'Memory', 'Blocked'))

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$module = [System.IO.Path]::GetFullPath("$PSScriptRoot/../module/Cluster.psd1")
$pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
$hasNode = [bool](Get-Command node -CommandType Application -ErrorAction Ignore)

if ('Hang' -in $Kind) {
    # 15 s in a method of .NET, which no thread can be stopped in, under a limit of 1 s.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try { 1 | ForEach-Object -Parallel { [System.Threading.Thread]::Sleep(15000) } -TimeoutSeconds 1 2> $null } catch { Write-Verbose "$_" }
    'a call that hangs, limit 1 s: ForEach-Object -Parallel is back after {0:n1} s' -f $clock.Elapsed.TotalSeconds
    $pool = Start-ClusterMaster -WorkerCount 1
    $clock.Restart()
    1 | Invoke-ClusterWorker -Master $pool { [System.Threading.Thread]::Sleep(15000) } -TimeoutSec 1 -ErrorAction SilentlyContinue
    'a call that hangs, limit 1 s: Invoke-ClusterWorker is back after {0:n1} s' -f $clock.Elapsed.TotalSeconds
    $pool | Stop-ClusterMaster -Force
}

# Whether a process is gone so many seconds after its parent was killed. A zombie is gone: it waits for somebody to read its exit code.
function Test-Left([int] $Id, [double] $Seconds) {
    $until = [datetime]::UtcNow.AddSeconds($Seconds)
    while ([datetime]::UtcNow -lt $until) {
        $state = try { ([System.IO.File]::ReadAllText("/proc/$Id/stat") -split ' ')[2] } catch { 'gone' }
        if ($state -in 'gone', 'Z') { return $false }
        [System.Threading.Thread]::Sleep(20)
    }
    Stop-Process -Id $Id -Force
    $true
}

if ('Orphan' -in $Kind) {
    $scripts = [System.IO.Directory]::CreateTempSubdirectory('peers-').FullName
    [System.IO.File]::WriteAllText("$scripts/cluster.ps1", "Import-Module '$module'; `$null = Start-ClusterMaster -WorkerCount 1 { Send-WorkerMessage 1; while (`$true) { } }; `$null = Receive-WorkerMessage -Count 1; [Console]::WriteLine((Get-ClusterWorker).ProcessId); Stop-Process -Id `$PID -Force")
    [System.IO.File]::WriteAllText("$scripts/job.ps1", '$job = Start-Job { $PID; while ($true) { } }; while (-not ($id = Receive-Job $job)) { Start-Sleep -Milliseconds 50 }; [Console]::WriteLine($id); Stop-Process -Id $PID -Force')
    $parents = [ordered]@{
        'a worker of Cluster' = "'$pwsh' -NoProfile -File '$scripts/cluster.ps1'"
        'a job of Start-Job'  = "'$pwsh' -NoProfile -File '$scripts/job.ps1'"
    }
    if ($hasNode) { $parents['a worker of Node'] = "node '$PSScriptRoot/node/orphan.js'" }
    foreach ($parent in $parents.GetEnumerator()) {
        # To a file and by the shell: the child has the same output, and a pipe would not end before it does.
        & /bin/sh -c "exec $($parent.Value) > '$scripts/out' 2>&1"
        $id = [int][System.IO.File]::ReadAllLines("$scripts/out")[0]
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $left = Test-Left $id 10
        'in a busy loop, its parent killed: {0} is {1}' -f $parent.Key, ($left ? 'still running after 10 s' : ('gone after {0:n1} s' -f $clock.Elapsed.TotalSeconds))
    }
    [System.IO.Directory]::Delete($scripts, $true)
}

if ('Memory' -in $Kind) {
    function Get-Memory([int] $Id) {
        $text = [System.IO.File]::ReadAllText("/proc/$Id/smaps_rollup")
        'resident {0:n0} MB, its share of what is shared counted once {1:n0} MB' -f ([int][regex]::Match($text, 'Rss:\s+(\d+)').Groups[1].Value / 1024), ([int][regex]::Match($text, 'Pss:\s+(\d+)').Groups[1].Value / 1024)
    }
    $pool = Start-ClusterMaster -WorkerCount 4
    'an idle worker, one of 4: {0}' -f (Get-Memory (Get-ClusterWorker)[0].ProcessId)
    $pool | Stop-ClusterMaster
}

if ('Blocked' -in $Kind -and $hasNode) {
    # Six connections for two workers, of which one is in a busy loop and is killed then.
    & node "$PSScriptRoot/node/blocked.js"
    $cluster = Start-ClusterMaster -WorkerCount 2 -RestartPolicy Never {
        $listener = New-ClusterListener 0 -ErrorAction Stop
        if ($ClusterWorker.Id -eq 1) { Send-WorkerMessage 'busy'; while ($true) { } }
        $listener | Receive-ClusterConnection -Wait | ForEach-Object { $_.Stream.WriteByte(1); $_.Close() }
    }
    $null = Receive-ClusterEvent Listening -Count 2
    $port = [int]("$((Get-ClusterWorker -Id 2).Endpoints[0])" -split ':')[-1]
    $clients = foreach ($number in 1..6) { [System.Net.Sockets.TcpClient]::new('127.0.0.1', $port) }
    [System.Threading.Thread]::Sleep(1500)
    $before = @($clients | Where-Object Available).Count
    Get-ClusterWorker -Id 1 | Stop-Process -Force
    [System.Threading.Thread]::Sleep(3000)
    'Cluster: {0} of 6 answered while one worker is busy, {1} of 6 after it was killed' -f $before, @($clients | Where-Object Available).Count
    $clients | ForEach-Object Dispose
    $cluster | Stop-ClusterMaster -Force
}
