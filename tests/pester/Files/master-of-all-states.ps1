# A master with a worker in each state that is hard to leave. Writes 'NAME=PROCESS ID' for each and 'ready', then ends as
# the next line of its input says.
param([string] $Module)

Import-Module $Module -ErrorAction Stop

# Each says that it is about to be in its state once the master lets it go there.
$states = [ordered]@{
    'idle'          = { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; Receive-WorkerMessage -Wait }
    'sleeping'      = { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; Start-Sleep 600 }
    'blocked send'  = { Receive-WorkerMessage -Count 1 | Out-Null; while ($true) { Send-WorkerMessage 'now' } }
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
        try { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; Start-Sleep 600 }
        finally { [System.Threading.Thread]::Sleep(-1) }
    }
    'busy loop'     = { Receive-WorkerMessage -Count 1 | Out-Null; Send-WorkerMessage 'now'; while ($true) { } }
}
foreach ($name in $states.Keys) {
    $null = Start-ClusterMaster -Name $name -WorkerCount 1 -NoWait -ScriptBlock $states[$name]
}
foreach ($name in $states.Keys) {
    Send-WorkerMessage 'go' -All -Master $name
    $null = Receive-WorkerMessage -Count 1 -TimeoutSec 60 -Master $name
    [System.Console]::Out.WriteLine("$name=$((Get-ClusterWorker -Master $name).ProcessId)")
}
[System.Console]::Out.WriteLine('ready')
switch ([System.Console]::In.ReadLine()) {
    'end' { }
    'exit' { exit 3 }
    'throw' { throw 'the master fails on purpose' }
    'remove' {
        Remove-Module Cluster
        [System.Console]::Out.WriteLine('removed')
        $null = [System.Console]::In.ReadLine()
    }
}
