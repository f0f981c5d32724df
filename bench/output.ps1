# What Start-Job does, by a cluster: fresh workers each write so many small objects, which are read. Prints the seconds from the
# start of the workers until the last object was read.
param([int] $Workers = 2, [int] $Items = 50000)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$null = Start-ClusterMaster -WorkerCount $Workers -ArgumentList $Items -ScriptBlock {
    param($items)
    'ready'
    for ($i = 0; $i -lt $items; $i++) { @{ id = $i; name = "item $i"; value = $i * 1.5; tags = 'a', 'b', 'c'; ok = $true } }
}
Receive-WorkerMessage -Wait > $null
$clock.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture)
Stop-ClusterMaster
