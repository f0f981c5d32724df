# Installs the package from a folder, under a PowerShell that has no other module of the name, and runs examples against it. Writes JSON.
param(
    # The folder with the nupkg, which becomes a repository.
    [string] $Repository,

    # Examples, in a folder without a module beside it.
    [string] $Examples,

    # Text files to count.
    [string] $Texts,

    # Only for Windows, where the home folder is that of the user, whatever the environment says: what is installed to instead.
    [string] $Modules
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if (Get-Module Cluster -ListAvailable) { throw 'Cluster is installed already.' }
$name = "cluster-spec-$PID"
Register-PSResourceRepository -Name $name -Uri $Repository -Trusted
try {
    $found = Find-PSResource Cluster -Repository $name
    if ($IsWindows) { Save-PSResource Cluster -Repository $name -Path $Modules }
    else { Install-PSResource Cluster -Repository $name -Scope CurrentUser }
}
finally {
    Unregister-PSResourceRepository -Name $name
}

$clock = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module Cluster
$importTime = $clock.Elapsed.TotalMilliseconds
$module = Get-Module Cluster
$hello = @(& "$Examples/hello-cluster.ps1" 6>&1 | ForEach-Object { "$_" })
$count = @(& "$Examples/word-count.ps1" -Path $Texts 6>&1 | ForEach-Object { "$_" })
[ordered]@{
    Found      = "$($found.Name) $($found.Version)"
    Module     = $module.ModuleBase
    Version    = "$($module.Version)"
    Loaded     = @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'ClusterCmdlets' } | ForEach-Object Location)
    Synopsis   = (Get-Help Start-ClusterMaster).Synopsis
    Hello      = $hello
    Count      = $count
    Map        = @(1..5 | Invoke-ClusterWorker { $_ * $_ } -Ordered)
    ImportTime = $importTime
} | ConvertTo-Json -Compress
Get-ClusterMaster | Stop-ClusterMaster
