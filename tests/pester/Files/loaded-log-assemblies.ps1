# Says which of the log's assemblies a process has that has started a master, and in which load context. Stops it, or leaves it
# to the end of the process.
param([string] $Module, [string] $LogPath, [string] $End = 'stop')

Import-Module $Module
$parameters = if ($LogPath) { @{ LogPath = $LogPath } } else { @{} }
$cluster = Start-ClusterMaster -WorkerCount 1 @parameters
if ($End -eq 'stop') {
    $cluster | Stop-ClusterMaster
}
$names = foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
    foreach ($assembly in $context.Assemblies) {
        $name = $assembly.GetName().Name
        if ($name -eq 'ClusterLog' -or $name -like 'Serilog*') {
            "$name in $($context.Name)"
        }
    }
}
[Console]::Out.WriteLine("loaded: $(@($names | Sort-Object) -join ', ')")
