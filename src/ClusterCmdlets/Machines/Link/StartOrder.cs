using System.Collections;
using Cluster.Protocol;
using Cluster.Serialization;

namespace Cluster.Machines.Link;

/// <summary>What an agent is told of a worker that it is to start. The launch itself follows on the worker's own stream. Immutable.</summary>
internal sealed record StartOrder
{
    /// <summary>The worker's number in the session, which is also that of its stream. From 1.</summary>
    public required int Worker { get; init; }

    /// <summary>Arguments to the host before the module's own.</summary>
    public string[] HostArguments { get; init; } = [];

    /// <summary>Variables added to the agent's environment; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The name of the script file, without a directory; null when there is none.</summary>
    public string? ScriptName { get; init; }

    /// <summary>Its text.</summary>
    public string? ScriptText { get; init; }

    /// <summary>Modules that the worker imports.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>The directory that it starts in, if the machine has it.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The order.</returns>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public static StartOrder Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload, MapStyle.Hashtable);
        var environment = new Dictionary<string, string?>(WorkerVariables.NameComparer);
        foreach (DictionaryEntry entry in body.Get<IDictionary>("environment"))
        {
            environment[(string)entry.Key] = entry.Value as string;
        }

        return new StartOrder
        {
            Worker = body.Get<int>("worker"),
            HostArguments = body.GetList<string>("hostArguments"),
            Environment = environment,
            ScriptName = body.GetOptional<string>("scriptName"),
            ScriptText = body.GetOptional<string>("scriptText"),
            Modules = body.GetList<string>("modules"),
            WorkingDirectory = body.Get<string>("workingDirectory"),
        };
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        MapStyle.Hashtable,
        ("worker", Worker),
        ("hostArguments", HostArguments),
        ("environment", new Hashtable(Environment.ToDictionary(entry => entry.Key, entry => entry.Value), WorkerVariables.NameComparer)),
        ("scriptName", ScriptName),
        ("scriptText", ScriptText),
        ("modules", Modules),
        ("workingDirectory", WorkingDirectory));
}
