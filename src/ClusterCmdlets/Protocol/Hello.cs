using System.Buffers.Binary;
using System.Security.Cryptography;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// The first frame of a client, of one fixed size, so that no byte of an unauthenticated client reaches a parser: lowest
/// and highest version (2 bytes each), role (1 byte), process id (4 bytes), little-endian, and the token. This layout is
/// the same in all versions.
/// </summary>
/// <param name="Versions">The versions of the protocol that the client speaks.</param>
/// <param name="Role">What the client is.</param>
/// <param name="ProcessId">The client's process.</param>
/// <param name="Token">The one-time token that the master gave to this client alone.</param>
internal sealed record Hello(VersionRange Versions, PeerRole Role, int ProcessId, byte[] Token)
{
    /// <summary>The size of a token: 256 bits.</summary>
    public const int TokenSize = 32;

    /// <summary>The size of the payload.</summary>
    public const int Size = TokenOffset + TokenSize;

    private const int HighestOffset = sizeof(ushort);
    private const int RoleOffset = HighestOffset + sizeof(ushort);
    private const int ProcessIdOffset = RoleOffset + sizeof(PeerRole);
    private const int TokenOffset = ProcessIdOffset + sizeof(int);

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
                new VersionRange(
                    BinaryPrimitives.ReadUInt16LittleEndian(payload),
                    BinaryPrimitives.ReadUInt16LittleEndian(payload[HighestOffset..])),
                (PeerRole)payload[RoleOffset],
                BinaryPrimitives.ReadInt32LittleEndian(payload[ProcessIdOffset..]),
                payload[TokenOffset..].ToArray())
            : throw new ProtocolException("A hello has the wrong size.");

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write()
    {
        var payload = new byte[Size];
        BinaryPrimitives.WriteUInt16LittleEndian(payload, Versions.Lowest);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(HighestOffset), Versions.Highest);
        payload[RoleOffset] = (byte)Role;
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(ProcessIdOffset), ProcessId);
        Token.CopyTo(payload.AsSpan(TokenOffset));
        return payload;
    }

    /// <summary>Decides whether the client may come in. The token is compared first, in a time that does not depend on it.</summary>
    /// <param name="role">The role that it must have.</param>
    /// <param name="processId">The process that it must be.</param>
    /// <param name="token">The token that it must show.</param>
    /// <returns>The version of the protocol that both sides speak from now on.</returns>
    /// <exception cref="ProtocolException">It may not, and why.</exception>
    public ushort Accept(PeerRole role, int processId, byte[] token)
    {
        if (!CryptographicOperations.FixedTimeEquals(Token, token))
        {
            throw new ProtocolException("The client showed a wrong token.");
        }

        if (ProcessId != processId)
        {
            throw new ProtocolException($"The client says that it is process {ProcessId}; process {processId} was expected.");
        }

        if (Role != role)
        {
            throw new ProtocolException($"The client has the role {Role}; {role} was expected.");
        }

        return VersionRange.Supported.Choose(Versions) ?? throw new ProtocolException(
            $"The client speaks protocol versions {Versions}, its master {VersionRange.Supported}; they have none in common.");
    }
}
