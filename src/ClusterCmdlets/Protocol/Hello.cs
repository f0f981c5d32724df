using System.Buffers.Binary;
using System.Security.Cryptography;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// The first frame of a worker, of one fixed size, so that a stranger's bytes never reach a parser: version
/// (4 bytes), process id (4 bytes), both little-endian, and the token.
/// </summary>
/// <param name="Version">The protocol's version; both sides must agree.</param>
/// <param name="ProcessId">The worker's process.</param>
/// <param name="Token">The one-time token that the master gave to this worker alone.</param>
internal sealed record Hello(int Version, int ProcessId, byte[] Token)
{
    /// <summary>The version of <c>docs/protocol.md</c> that this code speaks.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The size of a token: 256 bits.</summary>
    public const int TokenSize = 32;

    private const int Size = sizeof(int) + sizeof(int) + TokenSize;

    /// <summary>A new random token.</summary>
    /// <returns>The token.</returns>
    public static byte[] NewToken() => RandomNumberGenerator.GetBytes(TokenSize);

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ProtocolException">It has another size.</exception>
    public static Hello Read(ReadOnlySpan<byte> payload) =>
        payload.Length == Size
            ? new Hello(
                BinaryPrimitives.ReadInt32LittleEndian(payload),
                BinaryPrimitives.ReadInt32LittleEndian(payload[sizeof(int)..]),
                payload[(sizeof(int) + sizeof(int))..].ToArray())
            : throw new ProtocolException("A hello has the wrong size.");

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write()
    {
        var payload = new byte[Size];
        BinaryPrimitives.WriteInt32LittleEndian(payload, Version);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(sizeof(int)), ProcessId);
        Token.CopyTo(payload.AsSpan(sizeof(int) + sizeof(int)));
        return payload;
    }

    /// <summary>Compares the token in a time that does not depend on it.</summary>
    /// <param name="expected">The token that was given to the worker.</param>
    /// <returns>Whether they are equal.</returns>
    public bool HasToken(byte[] expected) => CryptographicOperations.FixedTimeEquals(Token, expected);
}
