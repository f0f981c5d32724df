using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.Api;

/// <summary>One object that arrived from a worker, or in a worker from its master or a sibling. Immutable.</summary>
public sealed class WorkerMessage
{
    /// <summary>How many elements of a list are shown as text.</summary>
    private const int MaxShown = 1000;

    private WorkerMessage(IPeer source, in Frame frame, object? body)
    {
        Source = source;
        Header = frame.Header;
        Body = body;
        Kind = frame.Kind switch
        {
            FrameKind.Output => WorkerMessageKind.Output,
            FrameKind.Request => WorkerMessageKind.Request,
            _ => WorkerMessageKind.Message,
        };
    }

    /// <summary>The id of the worker that sent it; 0 for the master.</summary>
    public long WorkerId { get; private init; }

    /// <summary>The slot of the worker that sent it; -1 for the master, and where it is not known.</summary>
    public int Slot { get; private init; }

    /// <summary>The process that sent it; 0 where it is not known.</summary>
    public int ProcessId { get; private init; }

    /// <summary>A message, a request, or an object of the script's output.</summary>
    public WorkerMessageKind Kind { get; }

    /// <summary>The object. See the table of types in the documentation.</summary>
    public object? Body { get; }

    /// <summary>
    /// A socket that came with the message, or null: a connection, a listening socket, or one of UDP. It belongs to the reader.
    /// </summary>
    public Socket? Handle { get; private init; }

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

    /// <inheritdoc/>
    /// <remarks>The engine asks for it whenever a message is given to a parameter: the text of millions of bytes would take seconds.</remarks>
    /// <returns>The body as PowerShell shows it in a string; of a long list its type and how long it is.</returns>
    public override string ToString() =>
        (Body is PSObject wrapped ? wrapped.BaseObject : Body) is IList { Count: > MaxShown } list
            ? string.Create(CultureInfo.InvariantCulture, $"{list.GetType().Name} of {list.Count}")
            : LanguagePrimitives.ConvertTo<string>(Body) ?? string.Empty;

    /// <summary>The message that users see.</summary>
    /// <param name="item">What has arrived.</param>
    /// <param name="body">Its decoded body.</param>
    /// <returns>The message.</returns>
    internal static WorkerMessage Of(InboxItem item, object? body)
    {
        // A sibling's message comes by way of the master, which tells its id and no more.
        var peer = item.Frame.Header.Peer;
        return new WorkerMessage(item.Source, item.Frame, body)
        {
            Handle = item.Handle,
            WorkerId = peer != 0 ? peer : item.Source.Id,
            Slot = peer != 0 ? -1 : item.Source.Slot,
            ProcessId = peer != 0 ? 0 : item.Source.ProcessId,
        };
    }

    /// <summary>The messages of an event: those that never reached their reader.</summary>
    /// <param name="lost">The messages.</param>
    /// <returns>The same as users see them, in their order.</returns>
    internal static IReadOnlyList<WorkerMessage> Of(LostMessages lost) => lost.Frames
        .Select((frame, index) => new WorkerMessage(lost.Channel, frame, index < lost.DroppedBodies ? null : MessageBodies.DecodeOrNull(frame))
        {
            WorkerId = lost.FromWorker ? lost.Channel.Id : frame.Header.Peer,
            Slot = lost.FromWorker ? lost.Channel.Slot : -1,
            ProcessId = lost.FromWorker ? lost.Channel.ProcessId : frame.Header.Peer == 0 ? Environment.ProcessId : 0,
        })
        .ToArray();

    /// <summary>Answers the request.</summary>
    /// <param name="sender">Sends the answer.</param>
    /// <param name="body">The answer. An error record or an exception makes the request fail with it.</param>
    /// <param name="encoder">Encodes it.</param>
    /// <exception cref="ClusterException">This is not a request, or the answer cannot be sent as data.</exception>
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
