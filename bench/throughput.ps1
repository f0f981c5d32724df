# One-way throughput through the cmdlets. Prints the seconds from the first send until the last message was read.
param([ValidateSet('to-workers', 'to-master')] [string] $Direction, [int] $Messages = 100000, [int] $Workers = 2)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$share = $Messages / $Workers

if ($Direction -eq 'to-master') {
    $null = Start-ClusterMaster -WorkerCount $Workers -ScriptBlock {
        $items = for ($i = 0; $i -lt $using:share; $i++) {
            @{ id = $i; name = "item $i"; value = $i * 1.5; tags = 'a', 'b', 'c'; ok = $true }
        }
        Send-WorkerMessage 'ready'
        $null = Receive-WorkerMessage -Count 1
        $items | Send-WorkerMessage
        $null = Receive-WorkerMessage -Wait
    }
    $null = Receive-WorkerMessage -Count $Workers
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    Send-WorkerMessage 'go' -All
    Receive-WorkerMessage -Count $Messages > $null
}
else {
    $null = Start-ClusterMaster -WorkerCount $Workers -ScriptBlock {
        Send-WorkerMessage 'ready'
        Receive-WorkerMessage -Count $using:share > $null
        Send-WorkerMessage 'done'
        $null = Receive-WorkerMessage -Wait
    }
    $null = Receive-WorkerMessage -Count $Workers
    $halves = for ($worker = 0; $worker -lt $Workers; $worker++) {
        , @(for ($i = 0; $i -lt $share; $i++) { @{ id = $i; name = "item $i"; value = $i * 1.5; tags = 'a', 'b', 'c'; ok = $true } })
    }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()

    # In turns of the queue's size, so that no worker is idle while the other is being served.
    for ($i = 0; $i -lt $share; $i += 500) {
        for ($worker = 0; $worker -lt $Workers; $worker++) {
            $halves[$worker][$i..([Math]::Min($i + 500, $share) - 1)] | Send-WorkerMessage -Worker ($worker + 1)
        }
    }
    $null = Receive-WorkerMessage -Count $Workers
}

$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
Stop-ClusterMaster -Force
