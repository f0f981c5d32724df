using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// Where a worker finds on its machine what a <see cref="Launch"/> does not carry. The machine that starts the worker fills
/// it in. Immutable.
/// </summary>
internal sealed record LaunchPaths
{
    /// <summary>The full path of the script file, or null.</summary>
    public string? ScriptPath { get; init; }

    /// <summary>Modules imported before anything else runs: names or full paths.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>The path of the manifest of this module.</summary>
    public required string ModulePath { get; init; }

    /// <summary>The directory that the script starts in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The paths.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static LaunchPaths Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload, MapStyle.Hashtable);
        return new LaunchPaths
        {
            ScriptPath = body.GetOptional<string>("scriptPath"),
            Modules = body.GetList<string>("modules"),
            ModulePath = body.Get<string>("modulePath"),
            WorkingDirectory = body.Get<string>("workingDirectory"),
        };
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        MapStyle.Hashtable,
        ("scriptPath", ScriptPath),
        ("modules", Modules),
        ("modulePath", ModulePath),
        ("workingDirectory", WorkingDirectory));
}
