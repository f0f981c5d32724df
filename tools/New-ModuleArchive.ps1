<#
.SYNOPSIS
    Packs a folder into a zip file that is the same, byte for byte, whenever the files are.
.DESCRIPTION
    The entries are in the order of their names, and have one time and the rights that they need. The compression is that of .NET:
    another version of .NET may give other bytes.
.EXAMPLE
    ./tools/New-ModuleArchive.ps1 -Path artifacts/Cluster/0.1.0 -Destination artifacts/Cluster.0.1.0.zip -Time 2026-01-01
#>
[CmdletBinding()]
param(
    # The folder. The entries' names begin below it.
    [Parameter(Mandatory)] [string] $Path,

    # The zip file. One that is there is replaced.
    [Parameter(Mandatory)] [string] $Destination,

    # The time of every entry. A zip file knows it to two seconds, and none before 1980.
    [Parameter(Mandatory)] [datetimeoffset] $Time
)

$ErrorActionPreference = 'Stop'
$names = [System.Collections.Generic.List[string]]::new()
foreach ($file in [System.IO.Directory]::EnumerateFiles($Path, '*', [System.IO.SearchOption]::AllDirectories)) {
    $names.Add([System.IO.Path]::GetRelativePath($Path, $file).Replace('\', '/'))
}
$names.Sort([System.StringComparer]::Ordinal)
[System.IO.File]::Delete($Destination)
$archive = [System.IO.Compression.ZipFile]::Open($Destination, [System.IO.Compression.ZipArchiveMode]::Create)
try {
    foreach ($name in $names) {
        $entry = $archive.CreateEntry($name, [System.IO.Compression.CompressionLevel]::Optimal)
        $entry.LastWriteTime = $Time.ToUniversalTime()
        # A file that its owner may write and all may read.
        $entry.ExternalAttributes = 0x81A4 -shl 16
        $stream = $entry.Open()
        try {
            $bytes = [System.IO.File]::ReadAllBytes((Join-Path $Path $name))
            $stream.Write($bytes, 0, $bytes.Length)
        }
        finally {
            $stream.Dispose()
        }
    }
}
finally {
    $archive.Dispose()
}
