using System.Buffers;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>Bytes as they are: what is received is copied out of the connection's buffer. Thread-safe.</summary>
internal sealed class PayloadSerializer : INatsSerialize<ReadOnlyMemory<byte>>, INatsDeserialize<ReadOnlyMemory<byte>>
{
    /// <summary>The one that there is.</summary>
    public static readonly PayloadSerializer Instance = new();

    private PayloadSerializer()
    {
    }

    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> bufferWriter, ReadOnlyMemory<byte> value) => bufferWriter.Write(value.Span);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Deserialize(in ReadOnlySequence<byte> buffer) => buffer.ToArray();
}
