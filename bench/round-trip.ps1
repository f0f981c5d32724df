# Round trips through the cmdlets, one at a time. Prints the median in microseconds. With -Bytes the message is a byte array,
# with -Request the answer of a request comes back, with -Busy every processor has an endless loop to run as well.
param([int] $Count = 5000, [int] $Bytes = 0, [switch] $Request, [switch] $Busy)

Import-Module "$PSScriptRoot/../module/Cluster.psd1"
$null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
    if ($using:Request) {
        Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body -ReplyTo $_ }
    }
    else {
        Receive-WorkerMessage -Wait -ExpandBody | Send-WorkerMessage
    }
}
$message = if ($Bytes) { , [byte[]]::new($Bytes) } else { @{ id = 1; name = 'item 1'; value = 1.5; tags = 'a', 'b', 'c'; ok = $true } }
$loops = if ($Busy) {
    foreach ($processor in 1..[Environment]::ProcessorCount) {
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path, [string[]] ('-NoProfile', '-Command', "'busy'; while (-not [System.Diagnostics.Process]::GetProcessById($PID).HasExited) { for (`$i = 0; `$i -lt 1e6; `$i++) { } }"))
        $start.RedirectStandardOutput = $true
        # It is killed, and would leave the socket for debuggers behind.
        $start.Environment['POWERSHELL_DIAGNOSTICS_OPTOUT'] = '1'
        [System.Diagnostics.Process]::Start($start)
    }
}
$loops | ForEach-Object { $null = $_.StandardOutput.ReadLine() }

$clock = [System.Diagnostics.Stopwatch]::new()
$warmUp = [Math]::Ceiling($Count / 5)
$times = for ($i = 0; $i -lt $Count + $warmUp; $i++) {
    $clock.Restart()
    if ($Request) {
        $null = Invoke-WorkerRequest $message -Worker 1
    }
    else {
        Send-WorkerMessage $message -Worker 1
        $null = Receive-WorkerMessage -Count 1
    }
    $clock.Elapsed.TotalMicroseconds
}
$measured = [double[]]$times[$warmUp..($times.Count - 1)]
[Array]::Sort($measured)
$measured[[int][Math]::Floor($measured.Count / 2)].ToString([cultureinfo]::InvariantCulture)
$loops | ForEach-Object Kill
Stop-ClusterMaster -Force
