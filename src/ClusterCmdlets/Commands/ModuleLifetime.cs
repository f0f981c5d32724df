using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Master;

namespace Cluster.Commands;

/// <summary>
/// Called by PowerShell when the module is removed from a session: its masters end with it. Not at process
/// exit, which <see cref="MasterRegistry"/> sees by itself. The engine makes a new instance for the call.
/// </summary>
public sealed class ModuleLifetime : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
#pragma warning disable VSTHRD002 // Removal is synchronous, and a kill ends soon.
        MasterRegistry.StopAllAsync(MasterRegistry.IdOf(Runspace.DefaultRunspace)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
