<#
.SYNOPSIS
    Writes the bill of materials of a packaged module: the libraries of others that are in it, as CycloneDX JSON.
.DESCRIPTION
    CycloneDX reads the packages of the projects that bring libraries along; what is not in the module's folder is left out, such as
    what they are only compiled against. A library that is in the folder and that CycloneDX has not found is an error.
    Needs projects that have been built.
.EXAMPLE
    ./tools/New-ModuleSbom.ps1 -ModulePath artifacts/Cluster/0.1.0 -Version 0.1.0 -Time 2026-01-01 -Destination artifacts/Cluster/0.1.0/sbom.cdx.json
#>
[CmdletBinding()]
param(
    # The folder of the packaged module.
    [Parameter(Mandatory)] [string] $ModulePath,

    [Parameter(Mandatory)] [string] $Version,

    # Written instead of the present time, so that the same sources give the same file.
    [Parameter(Mandatory)] [datetimeoffset] $Time,

    # The file.
    [Parameter(Mandatory)] [string] $Destination
)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
$source = Join-Path $root 'src'

# The project of a folder below bin is the one whose own DLL is in it.
$libraries = @{}
$projects = foreach ($dll in Get-ChildItem (Join-Path $ModulePath 'bin') -Filter *.dll -Recurse -File) {
    $project = Join-Path $source $dll.BaseName "$($dll.BaseName).csproj"
    if (Test-Path -LiteralPath $project) { $project } else { $libraries[$dll.BaseName] = $dll.FullName }
}

$work = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName())
$components = [ordered]@{}
$bom = $null
# The tools leave files behind in the folder for temporary files: they get one that goes with the rest.
$null = [System.IO.Directory]::CreateDirectory($work)
$temp = @{}
foreach ($name in 'TMPDIR', 'TEMP', 'TMP') {
    $temp[$name] = [System.Environment]::GetEnvironmentVariable($name)
    [System.Environment]::SetEnvironmentVariable($name, $work)
}
Push-Location $root
try {
    $null = & dotnet tool restore --verbosity quiet
    if ($LASTEXITCODE -ne 0) { throw 'dotnet tool restore failed: .config/dotnet-tools.json names the tool that writes the bill of materials.' }
    foreach ($project in $projects | Sort-Object) {
        # A project without packages in the module brings nothing.
        if (-not (Get-ChildItem ([System.IO.Path]::GetDirectoryName($project) + '/bin') -Filter *.dll -Recurse | Where-Object { $libraries.Contains($_.BaseName) })) { continue }
        $log = & dotnet tool run dotnet-CycloneDX -- $project --output $work --filename bom.json --output-format Json --exclude-dev --no-serial-number `
            --disable-package-restore --set-name Cluster --set-version $Version --set-type Library 2>&1
        if ($LASTEXITCODE -ne 0) { throw "CycloneDX failed for $project. $($log -join ' ')" }
        $bom = [System.IO.File]::ReadAllText("$work/bom.json") | ConvertFrom-Json -AsHashtable
        foreach ($component in $bom.components) {
            if ($libraries.Contains($component.name)) { $components[$component.'bom-ref'] = $component }
        }
    }
}
finally {
    Pop-Location
    foreach ($name in $temp.Keys) { [System.Environment]::SetEnvironmentVariable($name, $temp[$name]) }
    if (Test-Path -LiteralPath $work) { [System.IO.Directory]::Delete($work, $true) }
}

$missing = @($libraries.Keys | Where-Object { $_ -notin @($components.Values.name) } | Sort-Object)
if ($missing) {
    throw "In the module, but not in the bill of materials: $($missing -join ', '). Build first. A DLL of another name than its package needs a line in tools/New-ModuleSbom.ps1."
}
if (-not $bom) { throw "There are no libraries in $ModulePath." }

$own = "pkg:generic/Cluster@$Version"
$bom.metadata.timestamp = $Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [cultureinfo]::InvariantCulture)
$bom.metadata.component.'bom-ref' = $own
$bom.components = @($components.Values)
# The module needs all of them.
$bom.dependencies = @([ordered]@{ ref = $own; dependsOn = @($components.Keys) })
[System.IO.File]::WriteAllText($Destination, ($bom | ConvertTo-Json -Depth 20).ReplaceLineEndings("`n") + "`n")
