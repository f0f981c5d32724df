using Cluster.Protocol;
using Cluster.Serialization;

namespace Cluster.Machines.Link;

/// <summary>A worker's process runs on another machine. Immutable.</summary>
/// <param name="Worker">The worker's number.</param>
/// <param name="ProcessId">Its process there.</param>
/// <param name="Paths">Where it finds there what it runs.</param>
internal sealed record StartedNotice(int Worker, int ProcessId, LaunchPaths Paths)
{
    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The notice.</returns>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public static StartedNotice Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload, MapStyle.Hashtable);
        return new StartedNotice(body.Get<int>("worker"), body.Get<int>("processId"), new LaunchPaths
        {
            ScriptPath = body.GetOptional<string>("scriptPath"),
            Modules = body.GetList<string>("modules"),
            WorkingDirectory = body.Get<string>("workingDirectory"),
        });
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        MapStyle.Hashtable,
        ("worker", Worker),
        ("processId", ProcessId),
        ("scriptPath", Paths.ScriptPath),
        ("modules", Paths.Modules),
        ("workingDirectory", Paths.WorkingDirectory));
}
