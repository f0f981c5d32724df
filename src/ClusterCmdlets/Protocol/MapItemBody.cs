namespace Cluster.Protocol;

/// <summary>An item of a map as it travels.</summary>
/// <param name="Bytes">The encoded item.</param>
/// <param name="IsRaw">Whether it is bytes and not JSON.</param>
internal readonly record struct MapItemBody(ReadOnlyMemory<byte> Bytes, bool IsRaw);
