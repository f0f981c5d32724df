# Runs the HTTP example against the installed module; after its own line it writes where the module was taken from.
param([string] $Examples)

& "$Examples/http-server.ps1" -Port 0 -WorkerCount 1 | ForEach-Object {
    $_
    (Get-Module Cluster).ModuleBase
}
