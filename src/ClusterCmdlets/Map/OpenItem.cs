using System.Management.Automation;
using Cluster.Protocol;

namespace Cluster.Map;

/// <summary>What is known of an item whose results are kept, or that has written errors, until it is done. For the map's reader.</summary>
/// <param name="item">The item.</param>
internal sealed class OpenItem(MapItem item)
{
    /// <summary>The item.</summary>
    public MapItem Item => item;

    /// <summary>What it has written and was not given on.</summary>
    public List<MapEntry> Entries { get; } = [];

    /// <summary>The bytes of that.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether it has written an error.</summary>
    public bool HasErrors { get; set; }

    /// <summary>What has become of it; null while it is not done.</summary>
    public MapItemStatus? Status { get; set; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; set; }

    /// <summary>The error that it has ended with and that its worker did not write.</summary>
    public ErrorRecord? LastError { get; set; }

    /// <summary>Whether it is left out.</summary>
    public bool IsSkipped { get; set; }
}
