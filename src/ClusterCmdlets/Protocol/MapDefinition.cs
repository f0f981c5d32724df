using System.Collections;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>What a parallel map runs for each of its items: the payload of a map begin frame, which goes once to each worker.</summary>
internal sealed record MapDefinition
{
    /// <summary>Names the map among those of its master.</summary>
    public required int Number { get; init; }

    /// <summary>The text of the script block.</summary>
    public required string ScriptText { get; init; }

    /// <summary>The values of the <c>$using:</c> expressions of all texts, by their own texts; script blocks are in <see cref="UsingBlocks"/>.</summary>
    public IDictionary UsingValues { get; init; } = new Hashtable();

    /// <summary>The texts of <c>$using:</c> values that are script blocks.</summary>
    public IDictionary UsingBlocks { get; init; } = new Hashtable();

    /// <summary>What the block gets behind the item.</summary>
    public object?[] Arguments { get; init; } = [];

    /// <summary>Functions of the caller: their texts by name.</summary>
    public IDictionary Functions { get; init; } = new Hashtable();

    /// <summary>Modules that each runspace imports first.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>Text that each runspace runs once before its first item, or null.</summary>
    public string? InitializationText { get; init; }

    /// <summary>Preference variables and their values.</summary>
    public IDictionary Preferences { get; init; } = new Hashtable();

    /// <summary>The caller's directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>How long one item may take, in milliseconds; 0 for ever.</summary>
    public int ItemTimeoutMs { get; init; }

    /// <summary>How many items the worker may run at once, each in a runspace of its own.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>How many bytes of results of one batch may be on their way before its items wait.</summary>
    public int ResultWindow { get; init; } = 1024 * 1024;

    /// <summary>The deepest nesting of what is written.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The definition.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static MapDefinition Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload, MapStyle.Original);
        var definition = new MapDefinition
        {
            Number = body.Get<int>("number"),
            ScriptText = body.Get<string>("scriptText"),
            UsingValues = body.Get<IDictionary>("usingValues"),
            UsingBlocks = body.Get<IDictionary>("usingBlocks"),
            Arguments = body.Get<object?[]>("arguments"),
            Functions = body.Get<IDictionary>("functions"),
            Modules = body.GetList<string>("modules"),
            InitializationText = body.GetOptional<string>("initializationText"),
            Preferences = body.Get<IDictionary>("preferences"),
            WorkingDirectory = body.Get<string>("workingDirectory"),
            ItemTimeoutMs = body.Get<int>("itemTimeoutMs"),
            Concurrency = body.Get<int>("concurrency"),
            ResultWindow = body.Get<int>("resultWindow"),
            MaxDepth = body.Get<int>("maxDepth"),
        };
        return definition is { ItemTimeoutMs: >= 0, Concurrency: > 0, ResultWindow: > 0, MaxDepth: > 0 }
            ? definition
            : throw new ProtocolException("The definition of a map has a value out of range.");
    }

    /// <summary>Writes the payload. On the pipeline thread, as arguments may need it.</summary>
    /// <returns>The payload.</returns>
    /// <exception cref="BodyNotSerializableException">An argument cannot be sent as data.</exception>
    public byte[] Write() => ControlBody.Write(
        MapStyle.Original,
        ("number", Number),
        ("scriptText", ScriptText),
        ("usingValues", UsingValues),
        ("usingBlocks", UsingBlocks),
        ("arguments", Arguments),
        ("functions", Functions),
        ("modules", Modules),
        ("initializationText", InitializationText),
        ("preferences", Preferences),
        ("workingDirectory", WorkingDirectory),
        ("itemTimeoutMs", ItemTimeoutMs),
        ("concurrency", Concurrency),
        ("resultWindow", ResultWindow),
        ("maxDepth", MaxDepth));
}
