using System.Buffers.Binary;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// The payload of a launch frame: the size of the paths (4 bytes, little-endian), the paths, the launch. The launch is encoded
/// once, where the script's arguments are at home, and goes to every worker as it is; the paths are put before it by the
/// machine that starts the worker.
/// </summary>
internal static class LaunchPayload
{
    /// <summary>Joins both parts.</summary>
    /// <param name="paths">The machine's part.</param>
    /// <param name="launch">The encoded launch.</param>
    /// <returns>The payload.</returns>
    public static byte[] Join(LaunchPaths paths, byte[] launch)
    {
        var head = paths.Write();
        var payload = new byte[sizeof(int) + head.Length + launch.Length];
        BinaryPrimitives.WriteInt32LittleEndian(payload, head.Length);
        head.CopyTo(payload, sizeof(int));
        launch.CopyTo(payload, sizeof(int) + head.Length);
        return payload;
    }

    /// <summary>Reads both parts.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The machine's part and the launch.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static (LaunchPaths Paths, Launch Launch) Read(ReadOnlySpan<byte> payload)
    {
        var size = payload.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(payload);
        return size >= 0 && size <= payload.Length - sizeof(int)
            ? (LaunchPaths.Read(payload.Slice(sizeof(int), size)), Launch.Read(payload[(sizeof(int) + size)..]))
            : throw new ProtocolException("A launch has the wrong size.");
    }
}
