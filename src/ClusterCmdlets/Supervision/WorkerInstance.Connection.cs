using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <content>What the connection knows of its worker, and what it tells.</content>
internal sealed partial class WorkerInstance : IConnectionOwner
{
    /// <inheritdoc/>
    int IConnectionOwner.Slot => SlotNumber;

    /// <inheritdoc/>
    int IConnectionOwner.ProcessId => _status.ProcessId;

    /// <inheritdoc/>
    bool IConnectionOwner.IsUnproven => TakesOver && !_ready.Task.IsCompletedSuccessfully;

    /// <inheritdoc/>
    string IConnectionOwner.Condition =>
        _status is { IsDead: true, Exit: { } exit } ? $"has exited ({exit.Reason})"
        : _status.State == WorkerState.Draining ? "is leaving and takes no more messages"
        : "has exited";

    /// <inheritdoc/>
    void IConnectionOwner.OnOnline() => Post(WorkerSignalKind.Online);

    /// <inheritdoc/>
    void IConnectionOwner.OnReady() => Post(WorkerSignalKind.Ready);

    /// <inheritdoc/>
    void IConnectionOwner.OnLeave() => Post(WorkerSignalKind.Left);

    /// <inheritdoc/>
    void IConnectionOwner.OnGoodbye(Goodbye goodbye) => _mailbox.Post(new(WorkerSignalKind.Goodbye) { Goodbye = goodbye });

    /// <inheritdoc/>
    void IConnectionOwner.OnClosed(Exception? failure) => _mailbox.Post(new(WorkerSignalKind.ConnectionClosed) { Error = failure });

    /// <inheritdoc/>
    void IConnectionOwner.OnQueueFull(string reason) => Observer.OnEvent(ClusterEventName.InboxFull, this, reason);

    /// <inheritdoc/>
    void IConnectionOwner.OnData(in Frame frame)
    {
        if (frame.Kind == FrameKind.Record && !_status.WasReady)
        {
            _early.Add(frame);
        }

        Observer.OnData(Connection, frame);
    }

    /// <inheritdoc/>
    void IConnectionOwner.OnAnswered(TimeSpan time) => Observer.OnAnswered(time);

    /// <inheritdoc/>
    void IConnectionOwner.OnSiblingMessage(in Frame frame) => Observer.OnSiblingMessage(Connection, frame);

    /// <inheritdoc/>
    void IConnectionOwner.OnAcknowledged(Acknowledgement acknowledgement) => Observer.OnAcknowledged(acknowledgement);

    /// <inheritdoc/>
    void IConnectionOwner.OnUndeliverable(WorkerConnection sender, in Frame frame) => Observer.OnUndeliverable(sender, frame);

    /// <inheritdoc/>
    void IConnectionOwner.OnMessagesLost(IReadOnlyList<Frame> messages) => Observer.OnMessagesLost(Connection, messages);
}
