namespace Cluster.Ports;

/// <summary>What a master's ports have counted since its start. A copy.</summary>
/// <param name="Accepted">Connections that came in.</param>
/// <param name="Queued">Those of them that had to wait for a worker.</param>
/// <param name="Dropped">Those that were closed because no worker took them in time.</param>
/// <param name="Waiting">Those that wait at this moment.</param>
/// <param name="HandedOver">Those that workers have got, by slot.</param>
/// <param name="Untaken">Those of them that the workers have not taken at this moment, by slot; none where there are none.</param>
internal sealed record ConnectionCounts(
    long Accepted, long Queued, long Dropped, int Waiting, IReadOnlyDictionary<int, long> HandedOver, IReadOnlyDictionary<int, long> Untaken);
