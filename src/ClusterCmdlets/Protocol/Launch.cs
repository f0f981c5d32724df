using System.Collections;
using Cluster.Contracts;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>
/// What the workers of a master run and what of the master's session they have, wherever they run. What is different on each
/// machine is in <see cref="LaunchPaths"/>.
/// </summary>
internal sealed record Launch
{
    /// <summary>The master's name.</summary>
    public required string ClusterName { get; init; }

    /// <summary>The text of the script block, or null when it is a file or there is no script: a pool worker.</summary>
    public string? ScriptText { get; init; }

    /// <summary>The values of the text's <c>$using:</c> expressions by their own texts, in lower case for plain variables.</summary>
    public IDictionary UsingValues { get; init; } = new Hashtable();

    /// <summary>The script's arguments.</summary>
    public object?[] Arguments { get; init; } = [];

    /// <summary>Text that runs once before the script, or null.</summary>
    public string? InitializationText { get; init; }

    /// <summary>The values of its <c>$using:</c> expressions.</summary>
    public IDictionary InitializationUsingValues { get; init; } = new Hashtable();

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
            ScriptText = body.GetOptional<string>("scriptText"),
            UsingValues = body.Get<IDictionary>("usingValues"),
            Arguments = body.Get<object?[]>("arguments"),
            InitializationText = body.GetOptional<string>("initializationText"),
            InitializationUsingValues = body.Get<IDictionary>("initializationUsingValues"),
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
        ("scriptText", ScriptText),
        ("usingValues", UsingValues),
        ("arguments", Arguments),
        ("initializationText", InitializationText),
        ("initializationUsingValues", InitializationUsingValues),
        ("culture", Culture),
        ("uiCulture", UICulture),
        ("preferences", Preferences),
        ("maxDepth", MaxDepth),
        ("explicitReady", ExplicitReady));

    /// <summary>Writes the payload, for a user who has given what is in it.</summary>
    /// <returns>The payload.</returns>
    /// <exception cref="ClusterException">An argument or a <c>$using:</c> value cannot be sent.</exception>
    public byte[] Encode()
    {
        try
        {
            return Write();
        }
        catch (BodyNotSerializableException exception)
        {
            var name = NameOf(exception.Path);
            throw BodyErrors.NotSerializable(exception, name, $"The workers cannot be started: {name} {exception.Problem}.");
        }
    }

    /// <summary>Says of a place in the payload what users call it: <c>$using:name.member</c>, <c>-ArgumentList[0]</c>.</summary>
    /// <param name="path">The path in the payload.</param>
    /// <returns>The name.</returns>
    public string NameOf(string path) => NameOf(path, ("usingValues", UsingValues), ("initializationUsingValues", InitializationUsingValues));

    /// <summary>The same for another payload that has arguments and <c>$using:</c> values.</summary>
    /// <param name="path">The path in the payload.</param>
    /// <param name="usingValues">The fields that hold values by their expressions.</param>
    /// <returns>The name.</returns>
    public static string NameOf(string path, params (string Name, IDictionary Values)[] usingValues)
    {
        const string ArgumentsPath = "$.arguments";
        if (path.StartsWith(ArgumentsPath, StringComparison.Ordinal))
        {
            return "-ArgumentList" + path[ArgumentsPath.Length..];
        }

        foreach (var (name, values) in usingValues)
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
