# Round trips through the cmdlets, one at a time. Prints the median in microseconds. With -Bytes the message is a byte array.
param([int] $Count = 5000, [int] $Bytes = 0)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
    Receive-WorkerMessage -Wait -ExpandBody | Send-WorkerMessage
}
$message = if ($Bytes) { , [byte[]]::new($Bytes) } else { @{ id = 1; name = 'item 1'; value = 1.5; tags = 'a', 'b', 'c'; ok = $true } }

$clock = [System.Diagnostics.Stopwatch]::new()
$warmUp = [Math]::Ceiling($Count / 5)
$times = for ($i = 0; $i -lt $Count + $warmUp; $i++) {
    $clock.Restart()
    Send-WorkerMessage $message -Worker 1
    $null = Receive-WorkerMessage -Count 1
    $clock.Elapsed.TotalMicroseconds
}
$measured = [double[]]$times[$warmUp..($times.Count - 1)]
[Array]::Sort($measured)
$measured[[int][Math]::Floor($measured.Count / 2)].ToString([cultureinfo]::InvariantCulture)
Stop-ClusterMaster -Force
