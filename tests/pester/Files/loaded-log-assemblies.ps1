# Says which of the log's assemblies a process has that has started and stopped a master, and in which load context.
param([string] $Module, [string] $LogPath)

Import-Module $Module
$parameters = if ($LogPath) { @{ LogPath = $LogPath } } else { @{} }
Start-ClusterMaster -WorkerCount 1 @parameters | Stop-ClusterMaster
$names = foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
    foreach ($assembly in $context.Assemblies) {
        $name = $assembly.GetName().Name
        if ($name -eq 'ClusterLog' -or $name -like 'Serilog*') {
            "$name in $($context.Name)"
        }
    }
}
[Console]::Out.WriteLine("loaded: $(@($names | Sort-Object) -join ', ')")
