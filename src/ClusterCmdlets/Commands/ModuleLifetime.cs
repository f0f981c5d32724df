using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Contracts;
using Cluster.Master;

namespace Cluster.Commands;

/// <summary>
/// Called by PowerShell when the module is removed from a session, also by <c>Import-Module -Force</c>: its masters end with
/// it, and a warning says so. Not at process exit, which <see cref="MasterRegistry"/> sees by itself. The engine makes a new
/// instance for the call.
/// </summary>
public sealed class ModuleLifetime : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        var owner = MasterOwner.Of(Runspace.DefaultRunspace);
        var running = MasterRegistry.Of(owner).Where(runtime => runtime.State != ClusterMasterState.Stopped).ToArray();
#pragma warning disable VSTHRD002 // Removal is synchronous, and the end comes soon.
        MasterRegistry.EndAllAsync(owner).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        if (running.Length > 0)
        {
            var names = string.Join(", ", running.Select(runtime => $"'{runtime.Name}'"));
            Warn($"Removing the module Cluster has ended its masters and their workers: {names}. Import-Module -Force removes a loaded module first; without -Force, masters keep running.");
        }
    }

    /// <summary>In the pipeline that removes the module, so that its preferences and redirections apply.</summary>
    private static void Warn(string text) =>
        ScriptBlock.Create("param($Text) Microsoft.PowerShell.Utility\\Write-Warning -Message $Text").Invoke(text);
}
