using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Worker.Map;

/// <summary>A batch of items that has arrived.</summary>
/// <param name="Frame">Its frame, by which its credit is returned.</param>
/// <param name="Body">What it says.</param>
internal sealed record MapBatch(Frame Frame, MapBatchBody Body)
{
    /// <summary>Names the batch to the master.</summary>
    public long Correlation => Frame.Header.Correlation;

    /// <summary>Its items.</summary>
    public MapItemBody[] Items => Body.Items;

    /// <summary>Whether it is the end of the input.</summary>
    public bool IsEnd => Body.IsEnd;
}
