using System.Buffers;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Map;

/// <summary>Encodes items one behind the other into shared memory, which lives as long as one of them is kept. For the pipeline thread.</summary>
internal sealed class ItemEncoder
{
    private const int ChunkBytes = 32 * 1024;

    private static readonly BodyLimits Limits = new(BodyLimits.Default.MaxDepth, ChannelLimits.DefaultMaxMessageBytes - MapBatchBody.LeastSize);
    private ArrayBufferWriter<byte> _chunk = new();

    /// <summary>Encodes an item.</summary>
    /// <param name="input">The item.</param>
    /// <returns>The encoded item.</returns>
    /// <exception cref="Contracts.ClusterException">It cannot be sent as data.</exception>
    public MapItemBody Encode(object? input)
    {
        if (_chunk.WrittenCount > ChunkBytes)
        {
            _chunk = new ArrayBufferWriter<byte>();
        }

        var start = _chunk.WrittenCount;
        try
        {
            var encoding = BodyWriter.Write(input, _chunk, Limits);
            return new MapItemBody(_chunk.WrittenMemory[start..], encoding == BodyEncoding.Raw);
        }
        catch (BodyNotSerializableException exception)
        {
            _chunk = new ArrayBufferWriter<byte>();
            throw BodyErrors.NotSerializable(exception, input);
        }
    }
}
