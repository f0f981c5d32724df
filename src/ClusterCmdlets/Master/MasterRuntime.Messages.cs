using Cluster.Contracts;
using Cluster.Events;
using Cluster.Messaging;
using Cluster.Metrics;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Master;

/// <content>The messages of its workers: what arrives, what goes from one to another, and who may get one.</content>
internal sealed partial class MasterRuntime : IPeerGroup, IInboxOwner
{
    /// <inheritdoc/>
    object? IPeerGroup.Subject => this;

    /// <inheritdoc/>
    ChangeSignal IPeerGroup.Changed => Workers.Changed;

    /// <inheritdoc/>
    IReadOnlyList<IPeer> IPeerGroup.Peers => Workers.Peers();

    /// <summary>What has arrived from the workers.</summary>
    public Inbox<InboxItem> Inbox { get; } = new();

    /// <summary>Whether anything more can arrive from a worker, or from any.</summary>
    /// <param name="ids">The workers in question; null for all.</param>
    /// <returns>True when all of them have exited.</returns>
    public bool HasEnded(IReadOnlySet<int>? ids) =>
        Workers.Live().All(instance => ids is not null && !ids.Contains(instance.Id));

    /// <inheritdoc/>
    IPeer? IInboxOwner.OnlySource => Workers.Live() is [var only] ? only.Connection : null;

    /// <inheritdoc/>
    void IInboxOwner.OnWait()
    {
        var live = Workers.Live();
        foreach (var instance in live)
        {
            instance.Connection.FlushCredit();
            if (live.Count > 1)
            {
                // Nobody reads several channels inline.
                instance.Connection.Resume();
            }
        }
    }

    /// <inheritdoc/>
    public void OnData(WorkerConnection channel, Frame frame)
    {
        _log?.Add(channel, frame);
        Inbox.Add(new InboxItem(channel, frame), frame.Kind == FrameKind.Record);
    }

    /// <inheritdoc/>
    public void OnAnswered(TimeSpan time)
    {
        Totals.RequestTimes.Record(time);
        try
        {
            ClusterMeter.RecordRequest(Name, time);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A listener of the meter is called on this thread, which reads the worker's pipe.
            OnHandlerFailed(exception);
        }
    }

    /// <inheritdoc/>
    public void OnSiblingMessage(WorkerConnection sender, Frame frame)
    {
        var receiver = Workers.Find(frame.Header.Peer);
        if (receiver is null or { Status.IsDead: true })
        {
            OnUndeliverable(sender, frame);
        }
        else
        {
            receiver.Connection.Relay(sender, frame);
        }
    }

    /// <inheritdoc/>
    public void OnUndeliverable(WorkerConnection sender, Frame frame)
    {
        if (Frame.NeedsCredit(frame.Kind))
        {
            sender.ReturnCredit(frame, isRead: false);
        }

        if (frame.Header.Correlation != 0 && frame.Kind is FrameKind.Request or FrameKind.Message)
        {
            sender.SendUndeliverable(frame.Header.Correlation);
        }

        if (frame.Kind is FrameKind.Request or FrameKind.Message)
        {
            RaiseLost(sender, [frame], fromWorker: true, $"Worker {frame.Header.Peer}, to which the worker wrote, does not exist, has exited, or no longer accepts messages.");
        }
    }

    /// <inheritdoc/>
    public void OnAcknowledged(Acknowledgement acknowledgement) =>
        Workers.Find(acknowledgement.Peer)?.Connection.Acknowledge(acknowledgement.Correlation);

    /// <inheritdoc/>
    public void OnMessagesLost(WorkerConnection channel, IReadOnlyList<Frame> messages) =>
        RaiseLost(channel, messages, fromWorker: false, $"{messages.Count} messages were not read before the worker ended.");

    /// <inheritdoc/>
    public void OnLine(WorkerConnection channel, string line, bool isError)
    {
        _log?.Add(channel, line, isError);
        Inbox.Add(new InboxItem(channel, default, line, isError), isRecord: true);
    }

    private void RaiseLost(WorkerConnection channel, IReadOnlyList<Frame> frames, bool fromWorker, string reason)
    {
        var worker = Workers.Find(channel.Id);
        Publish(new EventEntry(ClusterEventName.MessagesLost, worker, reason) { Lost = new LostMessages(channel, frames, fromWorker) });
    }
}
