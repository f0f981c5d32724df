using Cluster.Protocol;

namespace Cluster.Hosting;

/// <summary>
/// What workers are started with that holds for one machine only. Whoever starts the same workers on another machine
/// gives its own. Immutable.
/// </summary>
internal sealed record HostSettings
{
    /// <summary>The program that runs workers.</summary>
    public required string HostPath { get; init; }

    /// <summary>Arguments to it before the module's own.</summary>
    public IReadOnlyList<string> HostArguments { get; init; } = [];

    /// <summary>Variables added to this process's environment; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Where the worker finds what it runs.</summary>
    public required LaunchPaths Paths { get; init; }

    /// <summary>The same with more variables.</summary>
    /// <param name="own">Variables that go before the others; null removes one.</param>
    /// <returns>The settings.</returns>
    public HostSettings With(IReadOnlyDictionary<string, string?> own)
    {
        if (own.Count == 0)
        {
            return this;
        }

        var environment = new Dictionary<string, string?>(Environment, WorkerBootstrap.NameComparer);
        foreach (var (name, value) in own)
        {
            environment[name] = value;
        }

        return this with { Environment = environment };
    }
}
