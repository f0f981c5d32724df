using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Messaging;

namespace Cluster.Map;

/// <summary>The errors of items that have no result. Their target is the input.</summary>
internal static class MapErrors
{
    private const int MaxTextLength = 60;

    /// <summary>The worker that was busy with an item has died.</summary>
    /// <param name="item">The item.</param>
    /// <param name="worker">The worker.</param>
    /// <returns>The error.</returns>
    public static ErrorRecord Lost(MapItem item, IPeer worker) => new ClusterException(
        ClusterErrorId.ItemLost,
        ErrorCategory.ResourceUnavailable,
        string.Create(CultureInfo.InvariantCulture, $"Worker {worker.Id}, which was busy with item {item.Index} ({NameOf(item.Input)}), {worker.Condition}. The item was tried {item.Attempt} times."),
        item.Input).ErrorRecord;

    /// <summary>A worker has died that had run a block with <c>begin</c> and <c>end</c> for some items.</summary>
    /// <param name="worker">The worker.</param>
    /// <returns>The error.</returns>
    public static ErrorRecord StreamLost(IPeer worker) => new ClusterException(
        ClusterErrorId.ItemLost,
        ErrorCategory.ResourceUnavailable,
        string.Create(CultureInfo.InvariantCulture, $"Worker {worker.Id} {worker.Condition}. What the block has gathered there for its 'end' is lost."),
        null).ErrorRecord;

    /// <summary>An item took too long.</summary>
    /// <param name="item">The item.</param>
    /// <param name="limit">How long it may take.</param>
    /// <returns>The error.</returns>
    public static ErrorRecord TimedOut(MapItem item, TimeSpan limit) => new ClusterException(
        ClusterErrorId.ItemTimeout,
        ErrorCategory.OperationTimeout,
        string.Create(CultureInfo.InvariantCulture, $"Item {item.Index} ({NameOf(item.Input)}) took longer than {limit.TotalSeconds} s and was stopped."),
        item.Input).ErrorRecord;

    /// <summary>A text by which users know an item.</summary>
    private static string NameOf(object? input)
    {
        var text = Convert.ToString(input is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : input, CultureInfo.InvariantCulture) ?? string.Empty;
        text = text.ReplaceLineEndings(" ");
        return $"'{(text.Length > MaxTextLength ? string.Concat(text.AsSpan(0, MaxTextLength), "...") : text)}'";
    }
}
