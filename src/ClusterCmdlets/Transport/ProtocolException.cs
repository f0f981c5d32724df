namespace Cluster.Transport;

/// <summary>
/// The other side broke the wire format of <c>docs/protocol.md</c>. The channel it came from is closed;
/// nothing else is affected.
/// </summary>
public sealed class ProtocolException : IOException
{
    /// <summary>Creates the exception without a message.</summary>
    public ProtocolException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was wrong with the frame.</param>
    public ProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was wrong with the frame.</param>
    /// <param name="innerException">What the decoder reported.</param>
    public ProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
