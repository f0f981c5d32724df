# What the specs about ports share: workers that do what they are told, and clients.

# Runs each script that it is sent, in its own scope, and answers with what that gives or with its error.
$script:agent = {
    Receive-WorkerMessage -Wait | ForEach-Object {
        $request = $_
        $answer = try {
            @{ Value = . ([scriptblock]::Create($request.Body)) }
        }
        catch {
            @{ ErrorId = $_.FullyQualifiedErrorId; Category = "$($_.CategoryInfo.Category)"; Message = "$_"; Code = "$($_.Exception.InnerException.SocketErrorCode)" }
        }
        Send-WorkerMessage $answer -ReplyTo $request
    }
}

<#
.SYNOPSIS
    Starts a master whose workers run what Invoke-InWorker gives them.
#>
function Start-PortMaster {
    param([int] $WorkerCount = 2, [hashtable] $With = @{})

    Start-ClusterMaster -WorkerCount $WorkerCount -ScriptBlock $script:agent -HeartbeatTimeoutSec 0 @With
}

<#
.SYNOPSIS
    Runs a script in a worker and returns what it gives; throws an object with its error.
#>
function Invoke-InWorker {
    param($Worker, [scriptblock] $Script, [hashtable] $Value = @{})

    $text = "$Script"
    foreach ($name in $Value.Keys) {
        $text = "`$$name = '$($Value[$name])'`n$text"
    }
    $answer = Invoke-WorkerRequest $text -Worker $Worker -TimeoutSec 30 -ErrorAction Stop
    if ($answer.ErrorId) {
        throw "$($answer.ErrorId)|$($answer.Code)|$($answer.Category)|$($answer.Message)"
    }
    $answer.Value
}

<#
.SYNOPSIS
    A connection to a port of this machine, or to a Unix socket. The caller disposes it.
#>
function Connect-Port {
    param($Port, [string] $Address = '127.0.0.1', [string] $Path)

    if ($Path) {
        $socket = [System.Net.Sockets.Socket]::new([System.Net.Sockets.AddressFamily]::Unix, [System.Net.Sockets.SocketType]::Stream, [System.Net.Sockets.ProtocolType]::Unspecified)
        $socket.Connect([System.Net.Sockets.UnixDomainSocketEndPoint]::new($Path))
    }
    else {
        $ip = [System.Net.IPAddress]::Parse($Address)
        $socket = [System.Net.Sockets.Socket]::new($ip.AddressFamily, [System.Net.Sockets.SocketType]::Stream, [System.Net.Sockets.ProtocolType]::Tcp)
        $socket.Connect($ip, $Port)
    }
    $socket.ReceiveTimeout = 30000
    $socket
}

<#
.SYNOPSIS
    All that the other side sends until it ends the connection, as text. Disposes the connection.
#>
function Read-ToEnd {
    param([System.Net.Sockets.Socket] $Socket)

    $stream = [System.Net.Sockets.NetworkStream]::new($Socket, $true)
    $reader = [System.IO.StreamReader]::new($stream)
    try {
        $reader.ReadToEnd()
    }
    finally {
        $reader.Dispose()
    }
}

<#
.SYNOPSIS
    Whether a port of this machine takes a connection.
#>
function Test-PortOpen {
    param([int] $Port, [string] $Address = '127.0.0.1')

    try {
        (Connect-Port $Port $Address).Dispose()
        $true
    }
    catch {
        $false
    }
}

<#
.SYNOPSIS
    Waits until a condition holds, at most half a minute.
#>
function Wait-Until {
    param([scriptblock] $Condition, [double] $TimeoutSec = 30)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $TimeoutSec) {
            throw "It did not come to be within $TimeoutSec s: $Condition"
        }
        Start-Sleep -Milliseconds 20
    }
}
