# A byte array at a time from the master to a worker, which answers with its length. Prints the median in seconds.
param([int] $Bytes = 64MB, [int] $Count = 5)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
    while ($message = Receive-WorkerMessage -Count 1) { Send-WorkerMessage $message.Body.Length }
}
$body = [byte[]]::new($Bytes)
[Array]::Fill($body, [byte]7)

$clock = [System.Diagnostics.Stopwatch]::new()
$times = for ($i = 0; $i -lt $Count + 1; $i++) {
    $clock.Restart()
    Send-WorkerMessage $body -Worker 1
    $length = Receive-WorkerMessage -Count 1 -ExpandBody
    $clock.Elapsed.TotalSeconds
    if ($length -ne $Bytes) { throw "The worker received $length of $Bytes bytes." }
}
$measured = [double[]]$times[1..$Count]
[Array]::Sort($measured)
$measured[[int][Math]::Floor($Count / 2)].ToString([cultureinfo]::InvariantCulture)
Stop-ClusterMaster -Force
