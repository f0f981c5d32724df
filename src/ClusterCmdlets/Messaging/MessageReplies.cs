using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Encodes and decodes answers to requests: an object, or the error that the request ended with.</summary>
internal static class MessageReplies
{
    /// <summary>Encodes an answer.</summary>
    /// <param name="request">The header that the request came with.</param>
    /// <param name="body">The answer. An error record or an exception makes the request fail with it.</param>
    /// <param name="encoder">Encodes it.</param>
    /// <param name="kind">The kind of the frame.</param>
    /// <returns>The answer, addressed.</returns>
    /// <exception cref="ClusterException">The answer cannot be sent as data.</exception>
    public static OutgoingMessage Encode(in DataHeader request, object? body, MessageEncoder encoder, out FrameKind kind)
    {
        var error = ErrorOf(body is PSObject wrapped ? wrapped.BaseObject : body);
        var message = error is null ? encoder.Encode(body, topic: null) : encoder.EncodeError(error);
        kind = error is null ? FrameKind.Reply : FrameKind.Fault;
        return message with { Header = message.Header with { Correlation = request.Correlation, Peer = request.Peer } };
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">The frame.</param>
    /// <param name="maps">How maps are given.</param>
    /// <returns>The object, or the error that the request ended with.</returns>
    /// <exception cref="BodyMalformedException">It is not readable.</exception>
    public static RequestResult Read(in Frame answer, MapStyle maps) =>
        answer.Kind == FrameKind.Fault
            ? new(null, StreamRecordCodec.Read(answer.Body, BodyLimits.Default) as ErrorRecord)
            : new(MessageBodies.Decode(answer, maps), null);

    private static ErrorRecord? ErrorOf(object? body) => body switch
    {
        ErrorRecord error => error,
        IContainsErrorRecord container => container.ErrorRecord,
        Exception exception => new ErrorRecord(exception, exception.GetType().Name, ErrorCategory.NotSpecified, null),
        _ => null,
    };
}
