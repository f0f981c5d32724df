# A server of lines on one port, served by all cores: each worker answers what it is sent, and says who it is.
#
#   pwsh examples/tcp-echo.ps1                   tries it with clients of its own
#   pwsh examples/tcp-echo.ps1 -Port 7000 -Wait  serves until a key is pressed:  nc 127.0.0.1 7000

param([int] $Port = 0, [switch] $Wait)

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

$cluster = Start-ClusterMaster -ArgumentList $Port -ScriptBlock {
    param($Port)
    $listener = New-ClusterListener $Port -ErrorAction Stop
    Send-WorkerMessage $listener.Port

    # Ends when the worker is told to leave: the connection at hand is served to its end, those that wait go to another worker.
    $listener | Receive-ClusterConnection -Wait | ForEach-Object {
        $reader = [System.IO.StreamReader]::new($_.Stream)
        $writer = [System.IO.StreamWriter]::new($_.Stream)
        $writer.AutoFlush = $true
        try {
            while ($null -ne ($line = $reader.ReadLine())) {
                $writer.WriteLine("worker $($ClusterWorker.Id): $line")
            }
        }
        catch [System.IO.IOException] {
            Write-Warning "A client has gone: $_"
        }
        finally {
            $_.Close()
        }
    }
}
$Port = Receive-WorkerMessage -Count 1 -ExpandBody
"$(@(Get-ClusterWorker).Count) workers serve 127.0.0.1:$Port"

if ($Wait) {
    $null = Read-Host 'Press Enter to stop'
}
else {
    foreach ($number in 1..6) {
        $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
        $stream = $client.GetStream()
        $stream.Write([System.Text.Encoding]::UTF8.GetBytes("hello $number`n"))
        [System.IO.StreamReader]::new($stream).ReadLine()
        $client.Dispose()
    }
}
$cluster | Stop-ClusterMaster
