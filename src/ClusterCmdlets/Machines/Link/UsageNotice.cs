using Cluster.Protocol;

namespace Cluster.Machines.Link;

/// <summary>What a worker of another machine uses. Immutable.</summary>
/// <param name="Worker">The worker's number.</param>
/// <param name="WorkingSet">Its memory in bytes.</param>
/// <param name="ProcessorTime">Its processor time.</param>
internal sealed record UsageNotice(int Worker, long WorkingSet, TimeSpan ProcessorTime)
{
    /// <summary>The largest payload.</summary>
    public const int MaxSize = 1024;

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The notice.</returns>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public static UsageNotice Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        return new UsageNotice(body.Get<int>("worker"), (long)body.Get<double>("workingSet"), TimeSpan.FromSeconds(body.Get<double>("processorSeconds")));
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("worker", Worker), ("workingSet", (double)WorkingSet), ("processorSeconds", ProcessorTime.TotalSeconds));
}
