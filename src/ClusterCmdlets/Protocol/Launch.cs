using System.Collections;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>What the workers of a master run, and the environment that they run it in.</summary>
internal sealed record Launch
{
    /// <summary>The master's name.</summary>
    public required string ClusterName { get; init; }

    /// <summary>The full path of the script file, or null.</summary>
    public string? ScriptPath { get; init; }

    /// <summary>The text of the script block, or null. If both are null, the worker belongs to a pool.</summary>
    public string? ScriptText { get; init; }

    /// <summary>The values of the text's <c>$using:</c> expressions by their own texts, in lower case for plain variables.</summary>
    public IDictionary UsingValues { get; init; } = new Hashtable();

    /// <summary>The script's arguments.</summary>
    public object?[] Arguments { get; init; } = [];

    /// <summary>Text that runs once before the script, or null.</summary>
    public string? InitializationText { get; init; }

    /// <summary>The values of its <c>$using:</c> expressions.</summary>
    public IDictionary InitializationUsingValues { get; init; } = new Hashtable();

    /// <summary>Modules imported before anything else runs: names or full paths.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>The path of the manifest that the master's own module was imported by.</summary>
    public required string ModulePath { get; init; }

    /// <summary>The directory that the script starts in.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The name of the master's culture.</summary>
    public required string Culture { get; init; }

    /// <summary>The name of the master's UI culture.</summary>
    public required string UICulture { get; init; }

    /// <summary>Preference variables and their values.</summary>
    public IDictionary Preferences { get; init; } = new Hashtable();

    /// <summary>The deepest nesting of a message.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Whether the worker is ready only when its script calls <c>Set-WorkerReady</c>.</summary>
    public bool ExplicitReady { get; init; }

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static Launch Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload, MapStyle.Original);
        return new Launch
        {
            ClusterName = body.Get<string>("clusterName"),
            ScriptPath = body.GetOptional<string>("scriptPath"),
            ScriptText = body.GetOptional<string>("scriptText"),
            UsingValues = body.Get<IDictionary>("usingValues"),
            Arguments = body.Get<object?[]>("arguments"),
            InitializationText = body.GetOptional<string>("initializationText"),
            InitializationUsingValues = body.Get<IDictionary>("initializationUsingValues"),
            Modules = body.GetList<string>("modules"),
            ModulePath = body.Get<string>("modulePath"),
            WorkingDirectory = body.Get<string>("workingDirectory"),
            Culture = body.Get<string>("culture"),
            UICulture = body.Get<string>("uiCulture"),
            Preferences = body.Get<IDictionary>("preferences"),
            MaxDepth = body.Get<int>("maxDepth"),
            ExplicitReady = body.Get<bool>("explicitReady"),
        };
    }

    /// <summary>Writes the payload. On the pipeline thread, as arguments may need it.</summary>
    /// <returns>The payload.</returns>
    /// <exception cref="BodyNotSerializableException">An argument cannot be sent as data.</exception>
    public byte[] Write() => ControlBody.Write(
        MapStyle.Original,
        ("clusterName", ClusterName),
        ("scriptPath", ScriptPath),
        ("scriptText", ScriptText),
        ("usingValues", UsingValues),
        ("arguments", Arguments),
        ("initializationText", InitializationText),
        ("initializationUsingValues", InitializationUsingValues),
        ("modules", Modules),
        ("modulePath", ModulePath),
        ("workingDirectory", WorkingDirectory),
        ("culture", Culture),
        ("uiCulture", UICulture),
        ("preferences", Preferences),
        ("maxDepth", MaxDepth),
        ("explicitReady", ExplicitReady));

    /// <summary>Says of a place in the payload what users call it: <c>$using:name.member</c>, <c>-ArgumentList[0]</c>.</summary>
    /// <param name="path">The path in the payload.</param>
    /// <returns>The name.</returns>
    public string NameOf(string path)
    {
        const string ArgumentsPath = "$.arguments";
        if (path.StartsWith(ArgumentsPath, StringComparison.Ordinal))
        {
            return "-ArgumentList" + path[ArgumentsPath.Length..];
        }

        foreach (var (name, values) in new[] { ("usingValues", UsingValues), ("initializationUsingValues", InitializationUsingValues) })
        {
            // The longest first: one expression may begin with another.
            foreach (var expression in values.Keys.Cast<string>().OrderByDescending(static key => key.Length))
            {
                var start = $"$.{name}{PathTracker.Segment(expression)}";
                if (path.StartsWith(start, StringComparison.Ordinal))
                {
                    return expression + path[start.Length..];
                }
            }
        }

        return path;
    }
}
