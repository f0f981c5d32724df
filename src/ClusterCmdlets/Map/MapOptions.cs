namespace Cluster.Map;

/// <summary>How a map is run. Everything has been checked. Immutable.</summary>
internal sealed record MapOptions
{
    /// <summary>Items at once over all workers; null for one by each, however many there are.</summary>
    public int? ThrottleLimit { get; init; }

    /// <summary>Items of a batch; null lets it follow from the time that items take.</summary>
    public int? BatchSize { get; init; }

    /// <summary>How often an item is tried again whose worker has died.</summary>
    public int RetryCount { get; init; }

    /// <summary>How long an item may take; null for ever.</summary>
    public TimeSpan? ItemTimeout { get; init; }

    /// <summary>Whether results come in the order of the input.</summary>
    public bool IsOrdered { get; init; }

    /// <summary>Whether what an item writes is given in one object with its input, at its end.</summary>
    public bool IncludeInput { get; init; }

    /// <summary>
    /// Whether what an item writes is held until it is done, since the item may be run again: after the loss of a machine it is, also without
    /// <see cref="RetryCount"/>.
    /// </summary>
    public bool HoldsOutput { get; init; }

    /// <summary>Whether the block has <c>begin</c>, <c>process</c> or <c>end</c>: workers are told when the input has ended.</summary>
    public bool HasNamedBlocks { get; init; }
}
