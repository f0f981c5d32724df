using Cluster.Transport;

namespace Cluster.UnitTests.Transport;

/// <summary>A table that takes every kind and every size, for tests of what is below it.</summary>
internal static class AllFrames
{
    public static FrameTable Table { get; } = Create();

    private static FrameTable Create()
    {
        var table = new FrameTable();
        for (int kind = byte.MinValue; kind <= byte.MaxValue; kind++)
        {
            table.Add((FrameKind)kind, FrameTable.AnySize, _ => { });
        }

        return table;
    }
}
