using System.Management.Automation;
using Cluster.Map;

namespace Cluster.Api;

/// <summary>What <c>Invoke-ClusterWorker -IncludeInput</c> writes for each item. Immutable.</summary>
public sealed class ClusterItemResult
{
    private ClusterItemResult(MapItemResult result)
    {
        Input = result.Item.Input;
        Index = result.Item.Index;
        WorkerId = result.Item.WorkerId;
        Attempt = result.Item.Attempt;
        Status = result.Status.ToString();
        Duration = result.Duration;
        Output = [.. result.Output];
        Error = [.. result.Errors];
    }

    /// <summary>The item, as it was given.</summary>
    public object? Input { get; }

    /// <summary>Its place in the input, from 0.</summary>
    public long Index { get; }

    /// <summary>The worker that has run it last; 0 if none has.</summary>
    public int WorkerId { get; }

    /// <summary>How often it was tried.</summary>
    public int Attempt { get; }

    /// <summary><c>Succeeded</c>, <c>Failed</c> (it has written an error), <c>TimedOut</c> or <c>Lost</c> (its worker has died).</summary>
    public string Status { get; }

    /// <summary>How long it took in its worker.</summary>
    public TimeSpan Duration { get; }

    /// <summary>What it has written to its output, in order.</summary>
    public object?[] Output { get; }

    /// <summary>The errors that it has written, in order.</summary>
    public ErrorRecord[] Error { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Input}: {Status}";

    /// <summary>The result of an item.</summary>
    /// <param name="result">The item.</param>
    /// <returns>The result.</returns>
    internal static ClusterItemResult Of(MapItemResult result) => new(result);
}
