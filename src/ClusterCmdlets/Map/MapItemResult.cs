using System.Management.Automation;

namespace Cluster.Map;

/// <summary>An item that is done.</summary>
/// <param name="Item">The item.</param>
/// <param name="Status">What has become of it.</param>
/// <param name="Duration">How long it took in its worker.</param>
/// <param name="Output">What it has written to its output, where that is gathered.</param>
/// <param name="Errors">The errors that it has written, where output is gathered.</param>
internal sealed record MapItemResult(
    MapItem Item, MapItemStatus Status, TimeSpan Duration, IReadOnlyList<object?> Output, IReadOnlyList<ErrorRecord> Errors);
