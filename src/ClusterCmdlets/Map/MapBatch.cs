using Cluster.Messaging;

namespace Cluster.Map;

/// <summary>Items that are sent to a worker together. Changed under the lock of its map.</summary>
/// <param name="run">The map.</param>
/// <param name="items">The items; none for the end of the input.</param>
internal sealed class MapBatch(MapRun run, MapItem[] items)
{
    /// <summary>The map.</summary>
    public MapRun Run => run;

    /// <summary>The items; those from <see cref="Count"/> on were given back.</summary>
    public MapItem[] Items => items;

    /// <summary>How many items the worker still has, or had.</summary>
    public int Count { get; set; } = items.Length;

    /// <summary>The worker that has it; null before it is sent.</summary>
    public MapLink? Link { get; set; }

    /// <summary>The place of its answer.</summary>
    public PendingReply? Reply { get; set; }

    /// <summary>Whether nothing more comes of it.</summary>
    public bool IsOver { get; set; }

    /// <summary>The item that has written something without having ended, by its position; -1 for none. It was being run.</summary>
    public int OpenPosition { get; set; } = -1;
}
