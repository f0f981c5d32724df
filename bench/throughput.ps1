# One-way throughput through the cmdlets. Prints the seconds from the first send until the last message was read.
# What is sent is made and put aside by the garbage collector before, as that is no part of sending it.
# -WarmUp messages, at most as many as are measured, go the same way before, so that the compilers of both sides are done.
# With -Keep the receiver keeps all messages in a variable.
param(
    [ValidateSet('to-workers', 'to-master')] [string] $Direction,
    [int] $Messages = 100000,
    [int] $Workers = 2,
    [int] $WarmUp = 0,
    [ValidateSet('hashtables', 'objects')] [string] $Of = 'hashtables',
    [switch] $Keep
)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$share = $Messages / $Workers
$early = $WarmUp / $Workers
$new = $Of -eq 'objects' ? '[pscustomobject]' : ''
$new = "for (`$i = 0; `$i -lt $share; `$i++) { $new@{ id = `$i; name = `"item `$i`"; value = `$i * 1.5; tags = 'a', 'b', 'c'; ok = `$true } }"

if ($Direction -eq 'to-master') {
    $null = Start-ClusterMaster -WorkerCount $Workers -ScriptBlock {
        $items = & ([scriptblock]::Create($using:new))
        [GC]::Collect(); [GC]::Collect()
        Send-WorkerMessage 'ready'
        $null = Receive-WorkerMessage -Count 1
        if ($using:early) { $items[0..($using:early - 1)] | Send-WorkerMessage }
        $null = Receive-WorkerMessage -Count 1
        $items | Send-WorkerMessage
        $null = Receive-WorkerMessage -Wait
    }
    $null = Receive-WorkerMessage -Count $Workers
    Send-WorkerMessage 'warm up' -All
    if ($WarmUp) { Receive-WorkerMessage -Count $WarmUp > $null }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    Send-WorkerMessage 'go' -All
    if ($Keep) { $kept = Receive-WorkerMessage -Count $Messages } else { Receive-WorkerMessage -Count $Messages > $null }
}
else {
    $null = Start-ClusterMaster -WorkerCount $Workers -ScriptBlock {
        Send-WorkerMessage 'ready'
        if ($using:early) {
            Receive-WorkerMessage -Count $using:early > $null
            Send-WorkerMessage 'warm'
        }
        if ($using:Keep) { $kept = Receive-WorkerMessage -Count $using:share } else { Receive-WorkerMessage -Count $using:share > $null }
        Send-WorkerMessage 'done'
        $null = Receive-WorkerMessage -Wait
    }
    $null = Receive-WorkerMessage -Count $Workers
    $halves = for ($worker = 0; $worker -lt $Workers; $worker++) {
        , @(& ([scriptblock]::Create($new)))
    }

    # In turns of the queue's size, so that no worker is idle while the other is being served.
    function Send-Share([int] $Count) {
        for ($i = 0; $i -lt $Count; $i += 500) {
            for ($worker = 0; $worker -lt $Workers; $worker++) {
                $halves[$worker][$i..([Math]::Min($i + 500, $Count) - 1)] | Send-WorkerMessage -Worker ($worker + 1)
            }
        }
        $null = Receive-WorkerMessage -Count $Workers
    }
    [GC]::Collect(); [GC]::Collect()
    if ($early) { Send-Share $early }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    Send-Share $share
}

$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
Stop-ClusterMaster -Force
