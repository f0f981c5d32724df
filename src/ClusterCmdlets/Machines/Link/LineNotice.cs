using Cluster.Protocol;

namespace Cluster.Machines.Link;

/// <summary>A line that a worker's process wrote past its streams, or a client of its pipe that was turned away. Immutable.</summary>
/// <param name="Worker">The worker's number.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Text">The line.</param>
internal sealed record LineNotice(int Worker, LineSource Source, string Text)
{
    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The notice.</returns>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public static LineNotice Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        return new LineNotice(body.Get<int>("worker"), (LineSource)body.Get<int>("source"), body.Get<string>("text"));
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(("worker", Worker), ("source", (int)Source), ("text", Text));
}
