using System.Management.Automation;

namespace Cluster.Map;

/// <summary>Something that the reader of a map is told, in the order in which it happened.</summary>
/// <param name="Kind">What.</param>
/// <param name="Batch">The batch of results.</param>
/// <param name="Results">The entries of results.</param>
/// <param name="Item">The item, of the other kinds.</param>
/// <param name="Error">Why it has failed.</param>
internal readonly record struct MapArrival(
    MapArrivalKind Kind, MapBatch? Batch = null, ReadOnlyMemory<byte> Results = default, MapItem? Item = null, ErrorRecord? Error = null);
