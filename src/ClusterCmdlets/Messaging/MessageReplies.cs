using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Sends answers to requests: an object, or the error that the request ended with.</summary>
internal static class MessageReplies
{
    /// <summary>Sends an answer; waits for credit.</summary>
    /// <param name="source">Where the request came from.</param>
    /// <param name="request">The header that it came with.</param>
    /// <param name="body">The answer. An error record or an exception makes the request fail with it.</param>
    /// <param name="encoder">Encodes it.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="ClusterException">The answer cannot be sent as data.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static SendResult Send(IPeer source, in DataHeader request, object? body, MessageEncoder encoder, TimeSpan timeout, CancellationToken cancellation)
    {
        var error = ErrorOf(body is PSObject wrapped ? wrapped.BaseObject : body);
        var message = error is null ? encoder.Encode(body, topic: null) : encoder.EncodeError(error);
        var header = message.Header with { Correlation = request.Correlation, Peer = request.Peer };
        return source.Send(error is null ? FrameKind.Reply : FrameKind.Fault, header, message.Body.Span, timeout, cancellation);
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">The frame.</param>
    /// <param name="maps">How maps are given.</param>
    /// <returns>The object, or the error that the request ended with.</returns>
    /// <exception cref="BodyMalformedException">It is not readable.</exception>
    public static (object? Body, ErrorRecord? Error) Read(in Frame answer, MapStyle maps) =>
        answer.Kind == FrameKind.Fault
            ? (null, StreamRecordCodec.Read(answer.Body, BodyLimits.Default) as ErrorRecord)
            : (MessageBodies.Decode(answer, maps), null);

    private static ErrorRecord? ErrorOf(object? body) => body switch
    {
        ErrorRecord error => error,
        IContainsErrorRecord container => container.ErrorRecord,
        Exception exception => new ErrorRecord(exception, exception.GetType().Name, ErrorCategory.NotSpecified, null),
        _ => null,
    };
}
