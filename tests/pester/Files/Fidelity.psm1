# Sends values through a worker that sends them back, and compares value and type without any of PowerShell's conversions.

function Start-EchoCluster {
    Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait | ForEach-Object {
            $body = $_.Body
            $type = $null -eq $body ? 'null' : $body -is [pscustomobject] ? 'object' : $body.GetType().FullName
            Send-WorkerMessage -Body $_.Body -Topic $type
        }
    }
}

# The message that comes back: its body, and as its topic the type that the worker got.
function Get-Echo {
    param($Value, $Master, [switch] $AsHashtable)

    $Master = $Master ?? (Get-ClusterMaster | Where-Object State -EQ Running | Select-Object -First 1)
    Send-WorkerMessage -Body $Value -Any -Master $Master -ErrorAction Stop
    $message = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -Master $Master -AsHashtable:$AsHashtable
    if (-not $message) {
        throw 'No echo has come.'
    }
    $message
}

function Assert-Same {
    param($Actual, $Expected)

    $ours = Format-Exact $Actual
    $theirs = Format-Exact $Expected
    if ($ours -cne $theirs) {
        throw "Expected $theirs, but got $ours."
    }
}

# The same for arrays, on every level. A list of any type is expected to arrive as object[].
function Assert-SameShape {
    param($Actual, $Expected, [string] $Path = 'it')

    if ($Expected -is [System.Collections.IEnumerable] -and $Expected -isnot [string] -and $Expected -isnot [byte[]] -and $Expected -isnot [System.Collections.IDictionary]) {
        $items = @($Expected.GetEnumerator())
        if ($null -eq $Actual -or $Actual.GetType() -ne [object[]]) {
            throw "Expected $Path to be an array, but got $(Format-Exact $Actual)."
        }
        if ($Actual.Length -ne $items.Count) {
            throw "Expected $Path to have $($items.Count) items, but it has $($Actual.Length)."
        }
        for ($i = 0; $i -lt $items.Count; $i++) {
            Assert-SameShape $Actual[$i] $items[$i] "$Path[$i]"
        }
        return
    }
    Assert-Same $Actual $Expected
}

# A text that two values share only if they are of one type and equal in every bit that counts.
function Format-Exact {
    param($Value)

    if ($null -eq $Value) {
        return 'null'
    }
    $type = $Value.GetType()
    $text = switch ($type) {
        ([double]) { [System.BitConverter]::DoubleToInt64Bits($Value).ToString('X16') }
        ([float]) { [System.BitConverter]::SingleToInt32Bits($Value).ToString('X8') }
        ([decimal]) { [decimal]::GetBits($Value) -join ',' }
        ([datetime]) { "$($Value.Kind) $($Value.Ticks)" }
        ([System.DateTimeOffset]) { "$($Value.Offset.Ticks) $($Value.Ticks)" }
        ([byte[]]) { [System.Convert]::ToHexString($Value) }
        ([char]) { [int] $Value }
        ([uri]) { $Value.OriginalString }
        ([string]) { @($Value.ToCharArray() | ForEach-Object { ([int] $_).ToString('X4') }) -join '' }
        default { $Value.ToString() }
    }
    $count = @($Value.psobject.Properties.Match('ReadCount')).Count
    "[$type] $text$(if ($count) { ' with properties' })"
}

Export-ModuleMember -Function Start-EchoCluster, Get-Echo, Assert-Same, Assert-SameShape
