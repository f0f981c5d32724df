using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.Events;

/// <summary>The messages of an event that tells of lost ones, as they were on their way. Immutable.</summary>
/// <param name="Channel">The channel that they were lost on.</param>
/// <param name="Frames">The messages in the order of sending.</param>
/// <param name="FromWorker">Whether the channel's worker sent them; else the master or siblings did.</param>
internal sealed record LostMessages(IPeer Channel, IReadOnlyList<Frame> Frames, bool FromWorker)
{
    /// <summary>How many messages, from the first on, have no body any more.</summary>
    public int DroppedBodies { get; private init; }

    /// <summary>The bytes of the bodies that it holds.</summary>
    public long BodyBytes { get; private init; } = Frames.Sum(frame => (long)frame.Body.Length);

    /// <summary>The same messages with fewer bodies.</summary>
    /// <param name="bytes">How many bytes of them, at least, are to go; the oldest go first.</param>
    /// <returns>The copy.</returns>
    public LostMessages WithoutBodies(long bytes)
    {
        var frames = Frames.ToArray();
        var dropped = DroppedBodies;
        var freed = 0L;
        for (; dropped < frames.Length && freed < bytes; dropped++)
        {
            freed += frames[dropped].Body.Length;
            frames[dropped] = frames[dropped] with { Body = [] };
        }

        return this with { Frames = frames, DroppedBodies = dropped, BodyBytes = BodyBytes - freed };
    }

    /// <summary>The same messages without any body, for those who only count them.</summary>
    /// <returns>The copy.</returns>
    public LostMessages WithoutBodies() => WithoutBodies(long.MaxValue);
}
