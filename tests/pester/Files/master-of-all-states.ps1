# A master with a worker in each state that is hard to leave. Writes 'NAME=PROCESS ID' for each and 'ready', then ends as
# the next line of its input says. A worker's finally block makes a file of the state's name in a folder.
param([string] $Module, [string] $Folder)

Import-Module $Module -ErrorAction Stop

# Each says that it is about to be in its state once the master lets it go there.
$states = [ordered]@{
    'idle'          = { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; Receive-WorkerMessage -Wait }
    'sleeping'      = { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; Start-Sleep 600 }
    'blocked send'  = { Receive-WorkerMessage -Count 1 | Out-Null; while ($true) { Send-WorkerMessage 'now' } }
    'native program' = {
        Receive-WorkerMessage -Count 1 | Out-Null
        Send-WorkerMessage 'now'
        if ($IsWindows) { & ping.exe -n 600 127.0.0.1 } else { & /bin/sleep 600 }
    }
    'native child'  = {
        Receive-WorkerMessage -Count 1 | Out-Null
        Send-WorkerMessage 'now'
        if ($IsWindows) { & ping.exe -n 600 127.0.0.1 } else { & /bin/sh -c 'sleep 600 & sleep 600; :' }
    }
    'native code'   = {
        Receive-WorkerMessage -Count 1 | Out-Null
        Send-WorkerMessage 'now'
        [System.Security.Cryptography.Rfc2898DeriveBytes]::Pbkdf2('x', [byte[]]::new(8), 2000000000, 'SHA256', 32)
    }
    'finally block' = {
        Receive-WorkerMessage -Count 1 | Out-Null
        try { Send-WorkerMessage 'now'; Start-Sleep 600 }
        finally { [System.Threading.Thread]::Sleep(-1) }
    }
    'crash'         = {
        Receive-WorkerMessage -Count 1 | Out-Null
        $null = $IsWindows ? [System.Diagnostics.Process]::Start('ping.exe', '-n 600 127.0.0.1') : [System.Diagnostics.Process]::Start('/bin/sleep', '600')
        try { Send-WorkerMessage 'now'; Start-Sleep 600 }
        finally {
            # A thread that has no runspace cannot run a script block, and ends the process.
            [System.Threading.Thread]::new([System.Threading.ThreadStart] { 'never' }).Start()
            [System.Threading.Thread]::Sleep(-1)
        }
    }
    'busy loop'     = { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; while ($true) { } }
}
foreach ($name in $states.Keys) {
    $marker = (Join-Path $Folder $name).Replace("'", "''")
    $script = [scriptblock]::Create("try { $($states[$name]) } finally { [System.IO.File]::WriteAllText('$marker', '') }")
    $null = Start-ClusterMaster -Name $name -WorkerCount 1 -NoWait -ScriptBlock $script
}
# Without a script there is nothing to say.
$null = Start-ClusterMaster -Name pool -WorkerCount 1 -InitializationScript {
    $null = $IsWindows ? [System.Diagnostics.Process]::Start('ping.exe', '-n 600 127.0.0.1') : [System.Diagnostics.Process]::Start('/bin/sleep', '600')
}
[System.Console]::Out.WriteLine("pool=$((Get-ClusterWorker -Master pool).ProcessId)")
foreach ($name in $states.Keys) {
    Send-WorkerMessage 'go' -All -Master $name
    $null = Receive-WorkerMessage -Count 1 -TimeoutSec 60 -Master $name
    [System.Console]::Out.WriteLine("$name=$((Get-ClusterWorker -Master $name).ProcessId)")
}
[System.Console]::Out.WriteLine('ready')
switch ([System.Console]::In.ReadLine()) {
    'end' { }
    'sleep' {
        [System.Console]::Out.WriteLine('sleeping')
        Start-Sleep 600
    }
    'exit' { exit 3 }
    'throw' { throw 'the master fails on purpose' }
    'Environment.Exit' { [System.Environment]::Exit(4) }
    'FailFast' { [System.Environment]::FailFast('the master fails on purpose') }
    'Remove-Module' {
        $WarningPreference = 'SilentlyContinue'
        Remove-Module Cluster
        [System.Console]::Out.WriteLine('done')
        $null = [System.Console]::In.ReadLine()
    }
    'Import-Module -Force' {
        $WarningPreference = 'SilentlyContinue'
        Import-Module $Module -Force
        [System.Console]::Out.WriteLine('done')
        $null = [System.Console]::In.ReadLine()
    }
}
