using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Machines.Link;

/// <summary>A machine wants to work for a leader. Immutable.</summary>
/// <param name="Version">The version of what machines say to each other.</param>
/// <param name="Session">Names this joining, and is never used again: what is sent under it afterwards reaches nobody.</param>
/// <param name="Machine">Names the agent, the same in all its sessions.</param>
/// <param name="ComputerName">The machine's name.</param>
/// <param name="WorkerCount">How many workers it is to have.</param>
/// <param name="ProcessId">The agent's process.</param>
internal sealed record JoinRequest(int Version, string Session, string Machine, string ComputerName, int WorkerCount, int ProcessId)
{
    /// <summary>The version of this module.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The largest payload.</summary>
    public const int MaxSize = 4096;

    private const int MaxName = 256;

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The request.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static JoinRequest Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxSize)
        {
            throw new ProtocolException("A request to join is too long.");
        }

        var body = ControlBody.Read(payload);
        var request = new JoinRequest(
            body.Get<int>("version"),
            body.Get<string>("session"),
            body.Get<string>("machine"),
            body.Get<string>("computerName"),
            body.Get<int>("workerCount"),
            body.Get<int>("processId"));
        return IsToken(request.Session) && IsToken(request.Machine)
            && request.ComputerName.Length is > 0 and <= MaxName && request.WorkerCount is > 0 and <= 1024
            ? request
            : throw new ProtocolException("A request to join has values that cannot be.");
    }

    /// <summary>A name that nobody else has.</summary>
    /// <returns>The name: 32 letters and digits.</returns>
    public static string NewToken() => Guid.NewGuid().ToString("N");

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("version", Version),
        ("session", Session),
        ("machine", Machine),
        ("computerName", ComputerName),
        ("workerCount", WorkerCount),
        ("processId", ProcessId));

    /// <summary>It becomes a part of a subject.</summary>
    private static bool IsToken(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigit);
}
