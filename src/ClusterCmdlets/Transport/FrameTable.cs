namespace Cluster.Transport;

/// <summary>
/// The kinds of frame that one end of a channel takes. The part that understands a kind registers it, with the largest
/// payload that it may have. A frame of any other kind, or with a larger payload, closes the channel before its payload
/// is read. Thread-safe: kinds may be added while the channel is open.
/// </summary>
internal sealed class FrameTable
{
    /// <summary>The payload may be as large as the channel allows for any frame.</summary>
    public const int AnySize = int.MaxValue;

    // An array by kind: every message that arrives is looked up twice.
    private readonly Entry?[] _entries = new Entry?[byte.MaxValue + 1];

    /// <summary>Registers a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="maxPayloadBytes">The largest payload.</param>
    /// <param name="handler">Called by the thread that reads, one frame at a time. If it throws, the channel is closed.</param>
    /// <exception cref="InvalidOperationException">The kind is registered already.</exception>
    public void Add(FrameKind kind, int maxPayloadBytes, Action<Frame> handler)
    {
        if (Interlocked.CompareExchange(ref _entries[(byte)kind], new Entry(maxPayloadBytes, handler), null) is not null)
        {
            throw new InvalidOperationException($"Frames of kind {kind} are registered already.");
        }
    }

    /// <summary>Checks what a frame announces.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payloadBytes">The size of its payload.</param>
    /// <exception cref="ProtocolException">The kind is not registered, or the payload is too large for it.</exception>
    public void Check(FrameKind kind, uint payloadBytes)
    {
        if (_entries[(byte)kind] is not { } entry)
        {
            throw new ProtocolException($"A frame of kind {kind} is not expected here.");
        }

        if (payloadBytes > (uint)entry.MaxPayloadBytes)
        {
            throw new ProtocolException($"A frame of kind {kind} announces a payload of {payloadBytes} bytes; the limit is {entry.MaxPayloadBytes}.");
        }
    }

    /// <summary>Gives a frame that was checked to its handler.</summary>
    /// <param name="frame">The frame.</param>
    /// <exception cref="ProtocolException">The handler could not take it.</exception>
    public void Deliver(Frame frame)
    {
        try
        {
            _entries[(byte)frame.Kind]!.Handler(frame);
        }
        catch (Exception exception) when (exception is not (IOException or OutOfMemoryException))
        {
            // The frame is at fault: it closes its channel, and must not end the user's process on this thread.
            throw new ProtocolException($"A frame of kind {frame.Kind} could not be taken: {exception.Message}", exception);
        }
    }

    private sealed record Entry(int MaxPayloadBytes, Action<Frame> Handler);
}
