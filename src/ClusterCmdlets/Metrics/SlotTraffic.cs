using Cluster.Messaging;

namespace Cluster.Metrics;

/// <summary>What has gone to and come from the workers of a slot, those that have ended included. Immutable.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Sent">Messages to them.</param>
/// <param name="SentBytes">The bytes of their bodies.</param>
/// <param name="Received">Messages, output objects and records from them.</param>
/// <param name="ReceivedBytes">The bytes of their bodies.</param>
internal sealed record SlotTraffic(int Slot, long Sent, long SentBytes, long Received, long ReceivedBytes)
{
    /// <summary>The same with a worker's own.</summary>
    /// <param name="worker">The channel to the worker.</param>
    /// <returns>The sum.</returns>
    public SlotTraffic Add(WorkerConnection worker) => this with
    {
        Sent = Sent + worker.Sent,
        SentBytes = SentBytes + worker.SentBytes,
        Received = Received + worker.Received,
        ReceivedBytes = ReceivedBytes + worker.ReceivedBytes,
    };
}
