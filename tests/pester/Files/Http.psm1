# HTTP servers for specs, and clients that show every byte.

Add-Type -AssemblyName System.Net.Http

# The first port that any worker of a master serves.
function Get-ServedPort {
    param([string] $Name, [int] $TimeoutSec = 60)

    $endpoint = (Get-ClusterWorker -Master $Name).Endpoints | Select-Object -First 1
    if (-not $endpoint) {
        $endpoint = (Receive-ClusterEvent -Master $Name -Name Listening -Wait -Count 1 -TimeoutSec $TimeoutSec).EndPoint
    }
    if (-not $endpoint) { throw "No worker of $Name listens." }
    [int] ($endpoint -replace '^.*:')
}

<#
.SYNOPSIS
    Starts a master whose workers run a script that starts a server. Returns its name, its port and a client. The script gets
    the common parameters of the server as $Common, to be splatted. -By Sockets takes the way of Kestrel's own sockets also where the
    event loop would be used.
#>
function Start-HttpCluster {
    param([string] $Name, [scriptblock] $Script, [ValidateSet('Loop', 'Sockets')] [string] $By = 'Loop', [int] $WorkerCount = 1, [hashtable] $Options = @{}, [string] $Scheme = 'http')

    $environment = @{ CLUSTER_HTTP_SOCKETS = $By -eq 'Sockets' ? '1' : '' }
    $null = Start-ClusterMaster -Name $Name -WorkerCount $WorkerCount -Environment $environment -ArgumentList $Script.ToString(), $Options -ScriptBlock {
        param($text, $Options)
        $Common = @{ Port = 0 } + $Options
        . ([scriptblock]::Create($text))
    }
    $port = Get-ServedPort $Name
    $handler = [System.Net.Http.SocketsHttpHandler]::new()
    $handler.AllowAutoRedirect = $false
    $handler.UseCookies = $false
    # A spec's own certificate.
    $handler.SslOptions.RemoteCertificateValidationCallback = [System.Net.Security.RemoteCertificateValidationCallback] (New-AcceptAll)
    $client = [System.Net.Http.HttpClient]::new($handler)
    $client.BaseAddress = [uri] "${Scheme}://127.0.0.1:$port/"
    $client.Timeout = [timespan]::FromSeconds(60)
    [pscustomobject]@{ Name = $Name; Port = $port; Client = $client }
}

# Compiled, for it is called on a thread without a runspace.
function New-AcceptAll {
    if (-not ('Cluster.Specs.AcceptAll' -as [type])) {
        Add-Type -TypeDefinition @'
namespace Cluster.Specs
{
    using System.Net.Security;

    public static class AcceptAll
    {
        public static RemoteCertificateValidationCallback Callback { get { return delegate { return true; }; } }
    }
}
'@
    }
    [Cluster.Specs.AcceptAll]::Callback
}

function Stop-HttpCluster {
    param($Server)

    if ($Server) {
        $Server.Client.Dispose()
        Stop-ClusterMaster $Server.Name
    }
}

<#
.SYNOPSIS
    Sends a request by .NET's client. Returns status, headers, and the body as text and bytes.
#>
function Send-Http {
    param($Server, [string] $Path = '/', [string] $Method = 'GET', $Body, [string] $ContentType, [hashtable] $Header = @{}, [string] $Version)

    $request = [System.Net.Http.HttpRequestMessage]::new([System.Net.Http.HttpMethod]::new($Method), [uri]::new($Path, [System.UriKind]::Relative))
    if ($Version) {
        $request.Version = $Version
        $request.VersionPolicy = 'RequestVersionExact'
    }
    if ($Body -is [System.Net.Http.HttpContent]) {
        $request.Content = $Body
    }
    elseif ($null -ne $Body) {
        $request.Content = [System.Net.Http.ByteArrayContent]::new($Body -is [byte[]] ? $Body : [System.Text.Encoding]::UTF8.GetBytes($Body))
    }
    if ($ContentType) {
        $request.Content.Headers.ContentType = [System.Net.Http.Headers.MediaTypeHeaderValue]::Parse($ContentType)
    }
    foreach ($name in $Header.Keys) {
        $null = $request.Headers.TryAddWithoutValidation($name, [string[]] @($Header[$name]))
    }
    $response = $Server.Client.SendAsync($request).GetAwaiter().GetResult()
    try {
        $bytes = $response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult()
        $headers = @{}
        foreach ($item in @($response.Headers) + @($response.Content.Headers)) {
            $headers[$item.Key] = $item.Value -join ', '
        }
        [pscustomobject]@{
            Status = [int] $response.StatusCode; Header = $headers; Text = [System.Text.Encoding]::UTF8.GetString($bytes); Bytes = $bytes; Version = "$($response.Version)"
        }
    }
    finally {
        $response.Dispose()
    }
}

<#
.SYNOPSIS
    Opens a connection, and sends a text as it is.
#>
function Open-Raw {
    param($Server, [string] $Text = '')

    $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $Server.Port)
    $client.ReceiveTimeout = 60000
    if ($Text) {
        Write-Raw $client $Text
    }
    $client
}

function Write-Raw {
    param([System.Net.Sockets.TcpClient] $Client, [string] $Text)

    $bytes = [System.Text.Encoding]::Latin1.GetBytes($Text)
    $Client.GetStream().Write($bytes, 0, $bytes.Length)
}

<#
.SYNOPSIS
    Reads until the other side closes, or until what was read matches a pattern. A connection that is reset is closed.
#>
function Read-Raw {
    param([System.Net.Sockets.TcpClient] $Client, [string] $Until)

    $text = [System.Text.StringBuilder]::new()
    $buffer = [byte[]]::new(65536)
    try {
        while (-not $Until -or $text.ToString() -notmatch $Until) {
            $count = $Client.GetStream().Read($buffer, 0, $buffer.Length)
            if ($count -eq 0) {
                break
            }
            $null = $text.Append([System.Text.Encoding]::Latin1.GetString($buffer, 0, $count))
        }
    }
    catch [System.IO.IOException] {
        if ($_.Exception.InnerException.SocketErrorCode -eq 'TimedOut') {
            throw
        }
    }
    $text.ToString()
}

<#
.SYNOPSIS
    The errors that the workers of a master have written, as soon as there is one whose text matches.
#>
function Wait-WorkerError {
    param([string] $Name, [string] $Match)

    $errors = $null
    $seen = [System.Collections.Generic.List[object]]::new()
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt 60) {
        Receive-WorkerMessage -Master $Name -ErrorVariable errors -ErrorAction SilentlyContinue | Out-Null
        $errors | ForEach-Object { $seen.Add($_) }
        if ($seen.Where{ "$_ $($_.FullyQualifiedErrorId)" -match $Match }) {
            return $seen
        }
        Start-Sleep -Milliseconds 20
    }
    throw "No error matches '$Match'. There were: $($seen -join '; ')"
}

Export-ModuleMember -Function Get-ServedPort, Start-HttpCluster, Stop-HttpCluster, Send-Http, Open-Raw, Write-Raw, Read-Raw, Wait-WorkerError
