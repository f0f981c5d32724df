<#
.SYNOPSIS
    Makes the folder, the zip file, the nupkg and the bill of materials of the module, from what has been built.
.DESCRIPTION
    Writes below the destination:

        Cluster/<version>/            the module, as it is installed
        Cluster.<version>.zip         the same
        Cluster.<version>.nupkg       the same, as the PowerShell Gallery and a repository in a folder take it
        Cluster.<version>.cdx.json    the bill of materials, which is also in the module

    Builds nothing: build.ps1 -Task Package does, and then runs this. The same sources give the same bytes, whatever the folder, the
    day and the state of module/bin: every time in them is that of the commit, or of SOURCE_DATE_EPOCH.
.EXAMPLE
    ./tools/New-ModulePackage.ps1 -Destination artifacts
#>
[CmdletBinding()]
param(
    # The folder. What an earlier run has written for the same version is replaced.
    [Parameter(Mandatory)] [string] $Destination,

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
$destinationPath = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Destination)
$version = (Import-PowerShellDataFile (Join-Path $root 'module/Cluster.psd1')).ModuleVersion
$target = Join-Path $destinationPath 'Cluster' $version

# The Gallery refuses release notes that are longer.
$releaseNotesLimit = 10000

# The time that the files have: the same for the same sources.
function Get-SourceTime {
    $seconds = $env:SOURCE_DATE_EPOCH
    if (-not $seconds) { $seconds = & git -C $root log -1 --format=%ct 2>$null }
    # Without git, the first time that a zip file can hold.
    if (-not $seconds) { $seconds = 315532800 }
    [datetimeoffset]::FromUnixTimeSeconds($seconds)
}

# The address of the project, if the checkout comes from a host that is public by its name; otherwise nothing.
function Get-ProjectAddress {
    $remote = & git -C $root remote get-url origin 2>$null
    if ("$remote" -notmatch '^(?:https?://|ssh://)(?:[^@/]+@)?(?<host>[^/:]+)(?::\d+)?/(?<path>.+?)(?:\.git)?/?$' -and
        "$remote" -notmatch '^(?:[^@/]+@)(?<host>[^/:]+):(?<path>[^/].*?)(?:\.git)?/?$') { return }
    $name, $path = $Matches.host.ToLowerInvariant(), $Matches.path
    $isPublic = $name -match '\.[a-z]{2,}$' -and $name -notmatch '\.(local|localdomain|internal|lan|test|example|invalid|home)$'
    if ($isPublic) { "https://$name/$path" }
}

# The newest section of the changelog, without its heading, cut after the last whole line that fits.
function Get-ReleaseNote {
    $text = [System.IO.File]::ReadAllText((Join-Path $root 'CHANGELOG.md')).ReplaceLineEndings("`n")
    $section = [regex]::Match($text, '(?ms)^## .+?\n(.*?)(?=^## |\z)').Groups[1].Value.Trim()
    if (-not $section) { throw 'CHANGELOG.md has no section.' }
    if ($section.Length -le $releaseNotesLimit) { return $section }
    $rest = "`n`nThe rest is in CHANGELOG.md, which is in the module's folder."
    $cut = $section.Substring(0, $releaseNotesLimit - $rest.Length)
    # Before an entry, so that none is cut in two.
    $cut.Substring(0, [Math]::Max($cut.LastIndexOf("`n- "), 0)).TrimEnd() + $rest
}

function Write-TextFile([string] $Path, [string] $Text) {
    [System.IO.File]::WriteAllText($Path, $Text.ReplaceLineEndings("`n"))
}

# The checkout's manifest, and what is known only when it is packed.
function Write-Manifest([string] $Path) {
    $values = [ordered]@{}
    $address = Get-ProjectAddress
    if ($address) {
        $values.ProjectUri = $address
        $values.IconUri = "$address/raw/v$version/docs/images/icon.png"
    }
    else {
        Write-Warning 'The manifest has no ProjectUri and no IconUri: the remote "origin" of this checkout is not a public address (docs/releasing.md).'
    }
    $values.ReleaseNotes = Get-ReleaseNote
    $lines = foreach ($name in $values.Keys) {
        "            {0} = '{1}'" -f $name, [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($values[$name])
    }
    $text = [System.IO.File]::ReadAllText((Join-Path $root 'module/Cluster.psd1'))
    $end = [regex]::Match($text, '(?m)^ +LicenseUri\s*=.*$')
    if (-not $end.Success) { throw 'module/Cluster.psd1 has no line LicenseUri, after which the rest of PSData is written.' }
    Write-TextFile $Path $text.Insert($end.Index + $end.Length, "`n" + ($lines -join "`n"))
}

# All of bin but what only a build or a debugger needs. The module's own DLLs are taken from their projects: those of the checkout are
# compiled for this machine.
function Copy-Binary {
    $bin = Join-Path $root 'module/bin'
    foreach ($file in Get-ChildItem $bin -Recurse -File) {
        if ($file.Extension -in '.pdb', '.tmp' -or $file.Name -like '*.deps.json' -or $file.Name -eq 'ThirdPartyNotices.txt') { continue }
        $built = Join-Path $root "src/$($file.BaseName)/bin/$Configuration/net8.0/$($file.Name)"
        $isOwn = $file.Extension -eq '.dll' -and (Test-Path -LiteralPath (Join-Path $root "src/$($file.BaseName)"))
        $copy = Join-Path $target 'bin' ([System.IO.Path]::GetRelativePath($bin, $file.FullName))
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($copy))
        [System.IO.File]::Copy(($isOwn ? $built : $file.FullName), $copy)
    }
}

function Write-ThirdPartyNotice {
    $parts = foreach ($file in Get-ChildItem (Join-Path $root 'module/bin') -Filter ThirdPartyNotices.txt -Recurse -File | Sort-Object FullName) {
        "==== bin/$($file.Directory.Name) ====`n`n" + [System.IO.File]::ReadAllText($file.FullName).Trim()
    }
    if ($parts) { Write-TextFile (Join-Path $target 'ThirdPartyNotices.txt') (($parts -join "`n`n`n") + "`n") }
}

# PSResourceGet writes the nupkg. Its container is then written anew: times, order and one name in it are those of the moment.
function New-Nupkg([string] $Path, [datetimeoffset] $Time) {
    if (-not (Get-Command Compress-PSResource -ErrorAction Ignore)) {
        throw 'Compress-PSResource is missing: packing needs Microsoft.PowerShell.PSResourceGet 1.1 or later, which PowerShell 7.5 and later bring.'
    }
    $work = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName())
    $null = [System.IO.Directory]::CreateDirectory("$work/content")
    try {
        Compress-PSResource -Path $target -DestinationPath $work
        [System.IO.Compression.ZipFile]::ExtractToDirectory("$work/$([System.IO.Path]::GetFileName($Path))", "$work/content")
        $properties = Get-Item "$work/content/package/services/metadata/core-properties/*.psmdcp"
        $relations = "$work/content/_rels/.rels"
        $text = [System.IO.File]::ReadAllText($relations).Replace($properties.Name, 'Cluster.psmdcp')
        Write-TextFile $relations ($text -replace '(?<=Cluster\.psmdcp" Id=")[^"]+', 'CoreProperties')
        Rename-Item -LiteralPath $properties.FullName -NewName Cluster.psmdcp
        # One line for each kind of file, in the order in which the system gave them.
        $types = "$work/content/[Content_Types].xml"
        $lines = [System.IO.File]::ReadAllLines($types)
        $kinds = [string[]]@($lines -like '  <*')
        [array]::Sort($kinds, [System.StringComparer]::Ordinal)
        Write-TextFile $types (@($lines[0..1]) + $kinds + $lines[-1] -join "`n")
        & "$PSScriptRoot/New-ModuleArchive.ps1" -Path "$work/content" -Destination $Path -Time $Time
    }
    finally {
        [System.IO.Directory]::Delete($work, $true)
    }
}

$time = Get-SourceTime
if (Test-Path -LiteralPath $target) { Remove-Item -LiteralPath $target -Recurse -Force }
$null = [System.IO.Directory]::CreateDirectory($target)
Write-Manifest (Join-Path $target 'Cluster.psd1')
Copy-Binary
foreach ($item in Get-ChildItem (Join-Path $root 'module') | Where-Object Name -NotIn 'bin', 'Cluster.psd1') {
    Copy-Item -LiteralPath $item.FullName -Destination $target -Recurse
}
foreach ($page in 'LICENSE', 'README.md', 'CHANGELOG.md', 'docs/images/icon.png') {
    Copy-Item -LiteralPath (Join-Path $root $page) -Destination $target
}
Write-ThirdPartyNotice
$base = Join-Path $destinationPath "Cluster.$version"
& "$PSScriptRoot/New-ModuleSbom.ps1" -ModulePath $target -Version $version -Time $time -Destination "$base.cdx.json"
Copy-Item -LiteralPath "$base.cdx.json" -Destination (Join-Path $target 'sbom.cdx.json')
$null = Test-ModuleManifest (Join-Path $target 'Cluster.psd1')
& "$PSScriptRoot/New-ModuleArchive.ps1" -Path $target -Destination "$base.zip" -Time $time
New-Nupkg "$base.nupkg" $time
foreach ($path in $target, "$base.zip", "$base.nupkg", "$base.cdx.json") { Get-Item -LiteralPath $path }
