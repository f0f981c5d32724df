using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Cluster.Worker.Map;

/// <summary>What a pipeline writes its output to. Nothing is kept, and an object is given on without the event that would announce it.</summary>
/// <param name="write">Takes an object, on the thread that writes it.</param>
internal sealed class ItemOutput(Action<PSObject?> write) : Collection<PSObject?>
{
    /// <inheritdoc/>
    protected override void InsertItem(int index, PSObject? item) => write(item);
}
