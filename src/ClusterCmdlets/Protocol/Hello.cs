using System.Security.Cryptography;
using System.Text;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>The first frame of a worker.</summary>
/// <param name="Version">The protocol's version; both sides must agree.</param>
/// <param name="Token">The one-time token that the master gave to this worker alone.</param>
/// <param name="ProcessId">The worker's process.</param>
internal sealed record Hello(int Version, string Token, int ProcessId)
{
    /// <summary>The version of <c>docs/protocol.md</c> that this code speaks.</summary>
    public const int CurrentVersion = 1;

    private const int TokenBytes = 32;

    /// <summary>A token of 256 random bits.</summary>
    /// <returns>The token in hexadecimal digits.</returns>
    public static string NewToken() => Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static Hello Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        return new Hello(body.Get<int>("version"), body.Get<string>("token"), body.Get<int>("processId"));
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(("version", Version), ("token", Token), ("processId", ProcessId));

    /// <summary>Compares the token in a time that does not depend on it.</summary>
    /// <param name="expected">The token that was given to the worker.</param>
    /// <returns>Whether they are equal.</returns>
    public bool HasToken(string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Token), Encoding.UTF8.GetBytes(expected));
}
