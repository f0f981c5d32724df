# Sockets for specs.

<#
.SYNOPSIS
    A connection within this machine: both ends, as TcpClients. No wait on either of them is for ever.
#>
function New-SocketPair {
    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    try {
        $client = [System.Net.Sockets.TcpClient]::new()
        $client.Connect($listener.LocalEndpoint)
        $server = $listener.AcceptTcpClient()
    }
    finally {
        $listener.Stop()
    }
    $client.ReceiveTimeout = $server.ReceiveTimeout = 30000
    [pscustomobject]@{ Client = $client; Server = $server }
}

<#
.SYNOPSIS
    A connection to a port of this machine.
#>
function Connect-Port([int] $Port) {
    $client = [System.Net.Sockets.TcpClient]::new()
    $client.Connect([System.Net.IPAddress]::Loopback, $Port)
    $client.ReceiveTimeout = 30000
    $client
}

<#
.SYNOPSIS
    Writes a text to a connection.
#>
function Write-Text($Client, [string] $Text) {
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $Client.GetStream().Write($bytes, 0, $bytes.Length)
}

<#
.SYNOPSIS
    Reads so many bytes from a connection, or up to its end. An end by a reset is an end too.
#>
function Read-Text($Client, [int] $Count = [int]::MaxValue) {
    $text = [System.Text.StringBuilder]::new()
    $buffer = [byte[]]::new(4096)
    try {
        while ($text.Length -lt $Count -and ($read = $Client.GetStream().Read($buffer, 0, [Math]::Min(4096, $Count - $text.Length))) -gt 0) {
            $null = $text.Append([System.Text.Encoding]::UTF8.GetString($buffer, 0, $read))
        }
    }
    catch [System.IO.IOException] {
        if ($_.Exception.InnerException.SocketErrorCode -ne 'ConnectionReset') {
            throw
        }
    }
    $text.ToString()
}

<#
.SYNOPSIS
    The sockets that a process has open, on Linux.
#>
function Get-SocketCount([int] $Id = $PID) {
    @([System.IO.Directory]::GetFiles("/proc/$Id/fd") | Where-Object { ([System.IO.FileInfo]::new($_)).LinkTarget -like 'socket:*' }).Count
}

Export-ModuleMember -Function New-SocketPair, Connect-Port, Write-Text, Read-Text, Get-SocketCount
