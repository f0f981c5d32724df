using Cluster.Protocol;

namespace Cluster.Map;

/// <summary>One item of a map, kept until its result is there. Changed under the map's lock.</summary>
/// <param name="index">Its place in the input, from 0.</param>
/// <param name="input">What the user gave.</param>
/// <param name="body">The same, encoded.</param>
internal sealed class MapItem(long index, object? input, MapItemBody body)
{
    /// <summary>Its place in the input, from 0.</summary>
    public long Index => index;

    /// <summary>What the user gave.</summary>
    public object? Input => input;

    /// <summary>The same, encoded; empty when it is done.</summary>
    public MapItemBody Body { get; private set; } = body;

    /// <summary>What the map's log knows it by; null without a log.</summary>
    public string? Hash { get; init; }

    /// <summary>The worker that it was sent to last; 0 for none.</summary>
    public int WorkerId { get; set; }

    /// <summary>How often it was tried. A worker that died before it began with the item is no try.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary>Whether a worker has died that may have been busy with it: it is tried alone, so that its next death is its own.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>Whether its result is there, or there will be none.</summary>
    public bool IsDone { get; private set; }

    /// <summary>When it was sent last, UTC.</summary>
    public DateTime SentAt { get; set; }

    /// <summary>Its result is there: what it needs to be tried again is let go.</summary>
    public void Complete()
    {
        IsDone = true;
        Body = default;
    }
}
