# Plays a worker that connects and says the wrong thing.
param([string] $What)

$pipe = [System.IO.Pipes.NamedPipeClientStream]::new('.', $env:CLUSTER_WORKER_PIPE, 'InOut', 'Asynchronous, CurrentUserOnly')
$pipe.Connect(30000)
$right = [System.Convert]::FromHexString($env:CLUSTER_WORKER_TOKEN)
# Length of what follows, kind 1, lowest and highest version, role, process id, token.
function Get-Hello([byte[]] $Token, [uint16] $Lowest = 1, [uint16] $Highest = 1, [byte] $Role = 1) {
    $payload = [System.BitConverter]::GetBytes($Lowest) + [System.BitConverter]::GetBytes($Highest) + $Role + [System.BitConverter]::GetBytes($PID) + $Token
    [System.BitConverter]::GetBytes($payload.Length + 1) + [byte[]] 1 + $payload
}

[byte[]] $bytes = switch ($What) {
    'token' { Get-Hello ([byte[]]::new(32)) }
    'version' { Get-Hello $right -Lowest 90 -Highest 99 }
    'role' { Get-Hello $right -Role 4 }
    'size' { Get-Hello ($right[0..30]) }
    'garbage' { [System.Text.Encoding]::UTF8.GetBytes("GET / HTTP/1.1`r`nHost: localhost`r`n`r`n") }
    'length' { [System.BitConverter]::GetBytes([int]::MaxValue) + [byte[]] 1 }
}
$pipe.Write($bytes, 0, $bytes.Length)
# The master hangs up.
while ($pipe.Read([byte[]]::new(64), 0, 64) -gt 0) { }
[System.Console]::Error.WriteLine('the master hung up')
Start-Sleep 600
