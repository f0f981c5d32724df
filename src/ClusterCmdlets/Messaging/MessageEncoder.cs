using System.Buffers;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Encodes the bodies of one command, one after the other in the same buffer. For one thread.</summary>
internal sealed class MessageEncoder
{
    private const int KeptCapacity = 1024 * 1024;
    /// <summary>The longest topic, in bytes of UTF-8.</summary>
    public const int MaxTopicBytes = DataHeader.MaxTopicBytes;

    private readonly BodyLimits _limits;
    private ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Creates an encoder.</summary>
    /// <param name="maxDepth">How deep bodies may be nested; null for the default.</param>
    public MessageEncoder(int? maxDepth)
    {
        _limits = new BodyLimits(maxDepth ?? BodyLimits.Default.MaxDepth, ChannelLimits.DefaultMaxMessageBytes);
    }

    /// <summary>Encodes a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="topic">Its topic, or null.</param>
    /// <returns>The message, valid until the next call.</returns>
    /// <exception cref="ClusterException">The body cannot be sent as data.</exception>
    public OutgoingMessage Encode(object? body, string? topic)
    {
        Reset();
        try
        {
            if (BodyWriter.TryGetRaw(body, out var raw) && raw.Length <= _limits.MaxBytes)
            {
                return new OutgoingMessage(new DataHeader(0, DateTime.UtcNow, IsRaw: true, topic), raw);
            }

            var encoding = BodyWriter.Write(body, _buffer, _limits);
            return new OutgoingMessage(new DataHeader(0, DateTime.UtcNow, encoding == BodyEncoding.Raw, topic), _buffer.WrittenMemory);
        }
        catch (BodyNotSerializableException exception)
        {
            throw BodyErrors.NotSerializable(exception, body);
        }
    }

    /// <summary>Encodes the error that a request ended with.</summary>
    /// <param name="error">The error.</param>
    /// <returns>The message, valid until the next call.</returns>
    public OutgoingMessage EncodeError(System.Management.Automation.ErrorRecord error)
    {
        Reset();
        StreamRecordCodec.Write(error, _buffer, _limits);
        return new OutgoingMessage(new DataHeader(0, DateTime.UtcNow, IsRaw: false), _buffer.WrittenMemory);
    }

    private void Reset()
    {
        if (_buffer.Capacity > KeptCapacity)
        {
            _buffer = new ArrayBufferWriter<byte>();
        }

        _buffer.ResetWrittenCount();
    }
}
