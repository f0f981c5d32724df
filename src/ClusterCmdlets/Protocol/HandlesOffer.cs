using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>Where a worker reaches the master for its handle channel.</summary>
/// <param name="Pipe">The name of the pipe.</param>
/// <param name="Token">What it shows in its hello.</param>
internal sealed record HandlesOffer(string Pipe, byte[] Token)
{
    /// <summary>The largest payload.</summary>
    public const int MaxSize = 4096;

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The offer.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static HandlesOffer Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        return new HandlesOffer(body.Get<string>("pipe"), Convert.FromHexString(body.Get<string>("token")));
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(("pipe", Pipe), ("token", Convert.ToHexString(Token)));
}
