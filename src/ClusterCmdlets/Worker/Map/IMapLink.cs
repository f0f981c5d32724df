using Cluster.Transport;

namespace Cluster.Worker.Map;

/// <summary>The way to the master, as those see it who run items for it.</summary>
internal interface IMapLink
{
    /// <summary>Sends a control frame. Never waits.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payload">Its payload.</param>
    void SendControl(FrameKind kind, ReadOnlySpan<byte> payload);

    /// <summary>
    /// Items of a batch are about to run: its credit is returned, and has left the process before one of them can end it. A batch whose
    /// credit was not returned is taken for one that was not begun, and given to another worker.
    /// </summary>
    /// <param name="frame">The batch.</param>
    void BeginBatch(in Frame frame);

    /// <summary>No item of a batch will run: its credit is returned. Never waits.</summary>
    /// <param name="frame">The batch.</param>
    void DropBatch(in Frame frame);
}
