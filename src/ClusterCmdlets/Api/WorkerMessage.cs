using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.Api;

/// <summary>One object that arrived from a worker, or in a worker from its master or a sibling. Immutable.</summary>
public sealed class WorkerMessage
{
    private readonly Lazy<object?> _body;

    internal WorkerMessage(IPeer source, in DataHeader header, object? body)
        : this(source, header, new Lazy<object?>(body), 0)
    {
    }

    /// <param name="source">The channel that an answer goes by.</param>
    /// <param name="header">The header that it came with.</param>
    /// <param name="body">The object, made when somebody looks at it.</param>
    /// <param name="bodyBytes">What it holds until then.</param>
    internal WorkerMessage(IPeer source, in DataHeader header, Lazy<object?> body, int bodyBytes)
    {
        Source = source;
        Header = header;
        BodyBytes = bodyBytes;
        _body = body;
    }

    /// <summary>The id of the worker that sent it; 0 for the master.</summary>
    public long WorkerId { get; internal init; }

    /// <summary>The slot of the worker that sent it; -1 for the master, and where it is not known.</summary>
    public int Slot { get; internal init; }

    /// <summary>The process that sent it; 0 where it is not known.</summary>
    public int ProcessId { get; internal init; }

    /// <summary>A message, a request, or an object of the script's output.</summary>
    public WorkerMessageKind Kind { get; internal init; }

    /// <summary>The object. See the table of types in the documentation.</summary>
    public object? Body => _body.Value;

    /// <summary>The topic given by the sender, or null.</summary>
    public string? Topic => Header.Topic;

    /// <summary>Counts what its sender has sent on this channel, from 1, records included.</summary>
    public long Sequence => Header.Sequence;

    /// <summary>When it was sent, local time.</summary>
    public DateTime SentAt => Header.SentAt.ToLocalTime();

    /// <summary>The channel that an answer goes by.</summary>
    internal IPeer Source { get; }

    /// <summary>The header that it came with.</summary>
    internal DataHeader Header { get; }

    /// <summary>The size of the body of a message that was lost; else 0.</summary>
    internal int BodyBytes { get; }

    /// <summary>The same message with a null body.</summary>
    internal WorkerMessage WithoutBody() =>
        new(Source, Header, body: null) { WorkerId = WorkerId, Slot = Slot, ProcessId = ProcessId, Kind = Kind };

    /// <summary>Answers the request.</summary>
    /// <param name="sender">Sends the answer.</param>
    /// <param name="body">The answer. An error record or an exception makes the request fail with it.</param>
    /// <param name="encoder">Encodes it.</param>
    /// <exception cref="ClusterException">This is no request, or the answer cannot be sent as data.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    internal void Reply(MessageSender sender, object? body, MessageEncoder encoder)
    {
        if (Kind != WorkerMessageKind.Request)
        {
            throw new ClusterException(
                ClusterErrorId.NotARequest, ErrorCategory.InvalidArgument, "Nobody waits for an answer to this message: only those of Invoke-WorkerRequest can be replied to.", this);
        }

        sender.Reply(Source, Header, body, encoder);
    }
}
