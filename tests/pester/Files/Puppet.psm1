# Workers, and a master, that a spec plays itself. See puppet-host.ps1, and docs/protocol.md for the frames.

$script:patience = 30000

# Starts a master whose workers are puppets, and returns them with it.
function Start-PuppetCluster {
    param(
        [int] $Count = 1,
        [scriptblock] $ScriptBlock = { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -Body $_.Body } }
    )
    $control = "puppet-$([guid]::NewGuid().ToString('N').Substring(0, 12))"
    # The servers must be there before the first puppet looks for them.
    $servers = foreach ($i in 1..$Count) {
        [System.IO.Pipes.NamedPipeServerStream]::new($control, 'InOut', $Count, 'Byte', 'Asynchronous, CurrentUserOnly')
    }
    $master = Start-ClusterMaster -WorkerCount $Count -NoWait -RestartPolicy Never -ScriptBlock $ScriptBlock -Environment @{ PUPPET_CONTROL = $control } -HostArgument '-NoProfile', '-File', "$PSScriptRoot/puppet-host.ps1"
    $puppets = foreach ($server in $servers) {
        Wait-Task $server.WaitForConnectionAsync()
        $puppet = [pscustomobject]@{
            Server = $server
            Reader = [System.IO.StreamReader]::new($server)
            Writer = [System.IO.StreamWriter]::new($server)
            ProcessId = 0
            Token = $null
            Pipe = $null
            Worker = $null
        }
        $puppet.Writer.AutoFlush = $true
        $id, $token, $puppet.Pipe = (Wait-Task $puppet.Reader.ReadLineAsync()).Split(' ', 3)
        $puppet.ProcessId = [int] $id
        $puppet.Token = [System.Convert]::FromHexString($token)
        $puppet.Worker = Get-ClusterWorker -Master $master | Where-Object ProcessId -EQ $puppet.ProcessId
        $puppet
    }
    [pscustomobject]@{ Master = $master; Puppets = @($puppets) }
}

function Stop-PuppetCluster {
    param([Parameter(Mandatory)] $Cluster)

    $Cluster.Master | Stop-ClusterMaster -Force
    foreach ($puppet in $Cluster.Puppets) {
        $puppet.Server.Dispose()
    }
}

# Gives an order and waits until it is done: connect, send (with bytes), close, end; exit and worker are the last ones.
function Invoke-Puppet {
    param([Parameter(Mandatory)] $Puppet, [Parameter(Mandatory)] [string] $Order, [byte[]] $Bytes)

    $line = $Bytes ? "$Order $([System.Convert]::ToBase64String($Bytes))" : $Order
    Wait-Task $Puppet.Writer.WriteLineAsync($line)
    if ($Order -eq 'worker' -or $Order -like 'exit*') {
        return
    }
    $answer = Wait-Task $Puppet.Reader.ReadLineAsync()
    # Who sends to somebody who hangs up may see the end in the middle.
    if ($answer -ne 'ok' -and $Order -notin 'send', 'end') {
        throw "The puppet answered '$answer' to '$Order'."
    }
}

# Connects, shows the token, and is ready: from the master's side a worker like any other.
function Connect-Puppet {
    param([Parameter(Mandatory)] $Puppet, [uint16] $Lowest = 1, [uint16] $Highest = 1)

    Invoke-Puppet $Puppet connect
    Invoke-Puppet $Puppet send ([byte[]] ((Get-HelloFrame $Puppet -Lowest $Lowest -Highest $Highest) + (Get-Frame 4) + (Get-Frame 5)))
    $null = Wait-ClusterWorker $Puppet.Worker -State Ready -TimeoutSec 30 -ErrorAction Stop
}

# Length of what follows, kind, payload.
function Get-Frame {
    param([byte] $Kind, [byte[]] $Payload = @())

    [byte[]] ((Get-Bytes ([int] ($Payload.Length + 1))) + $Kind + $Payload)
}

function Get-HelloFrame {
    param(
        [Parameter(Mandatory)] $Puppet,
        [uint16] $Lowest = 1,
        [uint16] $Highest = 1,
        [byte] $Role = 1,
        [int] $ProcessId = $Puppet.ProcessId,
        [byte[]] $Token = $Puppet.Token
    )

    Get-Frame 1 ([byte[]] ((Get-Bytes $Lowest) + (Get-Bytes $Highest) + $Role + (Get-Bytes $ProcessId) + $Token))
}

# A message whose body is these bytes of JSON.
function Get-MessageFrame {
    param([string] $Json, [long] $Sequence = 1, [byte] $Kind = 64, [byte] $Flags = 0, [long] $Handle = 0)

    $header = [byte[]] (@($Flags) + (Get-Bytes $Sequence) + (Get-Bytes ([datetime]::UtcNow.Ticks)) + (Get-Bytes 0))
    if ($Handle) {
        $header += Get-Bytes $Handle
    }
    Get-Frame $Kind ([byte[]] ((Get-Bytes ([uint16] $header.Length)) + $header + [System.Text.Encoding]::UTF8.GetBytes($Json)))
}

# Starts a real worker whose master the spec plays: it has said hello, and waits for the welcome.
function Start-PuppetMaster {
    $name = "puppet-$([guid]::NewGuid().ToString('N').Substring(0, 12))"
    $pipe = $IsWindows ? $name : (Join-Path ([System.IO.Path]::GetTempPath()) $name)
    $server = [System.IO.Pipes.NamedPipeServerStream]::new($pipe, 'InOut', 1, 'Byte', 'Asynchronous, CurrentUserOnly')
    $start = [System.Diagnostics.ProcessStartInfo]::new((Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')))
    $module = (Get-Command Start-ClusterMaster).ImplementingType.Assembly.Location
    foreach ($argument in '-NoLogo', '-NoProfile', '-NonInteractive', '-Command', "Import-Module '$module'; Enter-ClusterWorker") {
        $start.ArgumentList.Add($argument)
    }
    $start.Environment['CLUSTER_WORKER_PIPE'] = $pipe
    $start.Environment['CLUSTER_WORKER_TOKEN'] = '0f' * 32
    $start.Environment['CLUSTER_WORKER_DEFAULTS'] = ''
    $start.Environment['POWERSHELL_DIAGNOSTICS_OPTOUT'] = '1'
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $null = $process.StandardOutput.ReadToEndAsync()
    $null = $process.StandardError.ReadToEndAsync()
    Wait-Task $server.WaitForConnectionAsync()
    $master = [pscustomobject]@{ Server = $server; Process = $process; Pipe = $pipe; Hello = $null }
    $master.Hello = Read-Frame $master
    $master
}

function Stop-PuppetMaster {
    param([Parameter(Mandatory)] $Master)

    $Master.Server.Dispose()
    if (-not $Master.Process.WaitForExit($script:patience)) {
        $Master.Process.Kill($true)
        throw 'The worker outlives its master.'
    }
    $Master.Process.Dispose()
}

# The next frame from the worker of a puppet master: its kind and payload; null at the end of the channel.
function Read-Frame {
    param([Parameter(Mandatory)] $Master)

    $length = Read-Byte $Master 4
    if ($null -eq $length) {
        return
    }
    if (-not [System.BitConverter]::IsLittleEndian) {
        [array]::Reverse($length)
    }
    $frame = Read-Byte $Master ([System.BitConverter]::ToInt32($length))
    [pscustomobject]@{ Kind = $frame[0]; Payload = [byte[]] ($frame | Select-Object -Skip 1) }
}

function Read-Byte {
    param($Master, [int] $Count)

    $bytes = [byte[]]::new($Count)
    for ($have = 0; $have -lt $Count; $have += $read) {
        $task = $Master.Server.ReadAsync($bytes, $have, $Count - $have)
        try {
            $read = Wait-Task $task
        }
        catch {
            # The worker's process has ended with something unread.
            if ($task.Exception.GetBaseException() -isnot [System.IO.IOException] -and $task.Exception.GetBaseException() -isnot [System.Net.Sockets.SocketException]) {
                throw
            }
            $read = 0
        }
        if ($read -eq 0) {
            return
        }
    }
    , $bytes
}

# Sends frames to the worker of a puppet master.
function Send-Frame {
    param([Parameter(Mandatory)] $Master, [Parameter(Mandatory)] [byte[]] $Bytes)

    Wait-Task $Master.Server.WriteAsync($Bytes, 0, $Bytes.Length)
}

function Get-WelcomeFrame {
    param([int] $Version = 1)

    Get-Frame 2 (Get-Json @{ version = $Version; id = 7; slot = 3; masterProcessId = $PID; maxFrameBytes = 1MB; queueMessages = 1000; queueBytes = "$(16MB)" })
}

function Get-LaunchFrame {
    param([string] $Text)

    # What holds for this machine; then what every worker gets, in maps whose kinds are named: key, value, key and so on.
    $paths = Get-Json @{ modules = @(); workingDirectory = "$PWD" }
    $noValues = [ordered]@{ '$' = 'hashtable'; v = @() }
    $launch = Get-Json ([ordered]@{ '$' = 'ordered'; v = @(
                'clusterName', 'puppet'
                'scriptText', $Text
                'usingValues', $noValues
                'arguments', @()
                'initializationUsingValues', $noValues
                'culture', ''
                'uiCulture', ''
                'preferences', $noValues
                'maxDepth', 32
                'explicitReady', $false
            )
        })
    Get-Frame 3 ([byte[]] ((Get-Bytes ([int] $paths.Length)) + $paths + $launch))
}

function Get-Json {
    param([System.Collections.IDictionary] $Fields)

    , [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $Fields -Compress -Depth 5))
}

# Little-endian, whatever the machine.
function Get-Bytes {
    param($Number)

    $bytes = [System.BitConverter]::GetBytes($Number)
    if (-not [System.BitConverter]::IsLittleEndian) {
        [array]::Reverse($bytes)
    }
    $bytes
}

function Wait-Task {
    param($Task)

    if (-not $Task.Wait($script:patience)) {
        throw 'The puppet does not answer.'
    }
    if ($Task.GetType().IsGenericType -and $Task.GetType().GenericTypeArguments[0].IsVisible) {
        $Task.Result
    }
}

Export-ModuleMember -Function Start-PuppetCluster, Stop-PuppetCluster, Invoke-Puppet, Connect-Puppet, Get-Frame, Get-HelloFrame, Get-MessageFrame, Get-Bytes,
    Start-PuppetMaster, Stop-PuppetMaster, Read-Frame, Send-Frame, Get-WelcomeFrame, Get-LaunchFrame
