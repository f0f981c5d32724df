using Cluster.Protocol;

namespace Cluster.Machines.Link;

/// <summary>What a leader says to a machine that wants to join. Immutable.</summary>
/// <param name="Refusal">Why not; null when it is welcome.</param>
internal sealed record JoinReply(string? Refusal)
{
    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The reply.</returns>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public static JoinReply Read(ReadOnlySpan<byte> payload) => new(ControlBody.Read(payload).GetOptional<string>("refusal"));

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(("refusal", Refusal));
}
