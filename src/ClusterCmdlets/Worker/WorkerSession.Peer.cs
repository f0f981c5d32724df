using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;
using Cluster.Worker.Map;

namespace Cluster.Worker;

/// <content>The master as those see it who send to it and read its messages.</content>
internal sealed partial class WorkerSession : IPeer, IInboxOwner, IMapLink
{
    /// <summary>How long the items of a batch wait for a pipe that is full of their results.</summary>
    private static readonly TimeSpan BeginTime = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    event Action? IPeer.RoomChanged
    {
        add => _channel.RoomChanged += value;
        remove => _channel.RoomChanged -= value;
    }

    /// <inheritdoc/>
    int IPeer.Id => 0;

    /// <inheritdoc/>
    object? IPeer.Subject => null;

    /// <inheritdoc/>
    string IPeer.Condition => "is no longer connected";

    /// <inheritdoc/>
    PeerLoad IPeer.Load => new(_channel.Writer.Use, Replies.Count, IsUnproven: false);

    /// <inheritdoc/>
    long IPeer.ChosenAt { get; set; }

    /// <inheritdoc/>
    int IPeer.Slot => -1;

    /// <inheritdoc/>
    int IPeer.ProcessId => Context.MasterProcessId;

    /// <inheritdoc/>
    public ReplyTable Replies { get; } = new();

    /// <inheritdoc/>
    IHandleCarrier IPeer.Handles => Handles;

    /// <summary>How many messages of the master may be unread.</summary>
    public int MaxUnread => _channel.Limits.QueueMessages;

    /// <summary>Messages that the script has not read yet.</summary>
    public Inbox<InboxItem> Inbox { get; } = new();

    /// <inheritdoc/>
    IPeer? IInboxOwner.OnlySource => this;

    /// <inheritdoc/>
    public SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation)
    {
        NoteSending(kind, header);
        return _channel.Writer.WriteData(kind, header, body, timeout, cancellation);
    }

    /// <inheritdoc/>
    public SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body)
    {
        NoteSending(kind, header);
        return _channel.Writer.TryWriteData(kind, header, body);
    }

    /// <inheritdoc/>
    public void RequestRoom(int size, int sibling) => _channel.Writer.RequestRoom(size, sibling);

    /// <inheritdoc/>
    public void ReturnCredit(in Frame frame, bool isRead = true) => Acknowledgement.ReturnCredit(_channel, frame);

    /// <inheritdoc/>
    void IMapLink.BeginBatch(in Frame frame)
    {
        ((IMapLink)this).DropBatch(frame);
        _channel.Writer.Flush();
        _channel.Writer.WaitUntilWritten(BeginTime);
    }

    /// <inheritdoc/>
    void IMapLink.DropBatch(in Frame frame)
    {
        _channel.ReturnCredit(frame);
        _channel.FlushCredit();
    }

    /// <inheritdoc/>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation) =>
        _channel.ReadUntil(isDone, deadline, cancellation);

    /// <inheritdoc/>
    public void Interrupt() => _channel.Interrupt();

    /// <inheritdoc/>
    public void Resume() => _channel.Resume();

    /// <inheritdoc/>
    public void Flush() => _channel.Writer.Flush();

    /// <summary>The script waits for messages: the master gets what has gathered, credit included.</summary>
    public void OnWait()
    {
        _channel.FlushCredit();
        _channel.Writer.Flush();
    }

    /// <inheritdoc/>
    bool IInboxOwner.HasEnded(IReadOnlySet<int>? ids) => false;

    private void NoteSending(FrameKind kind, in DataHeader header)
    {
        // What the preparation writes says nothing of the script; but it must not wait for a master that waits for it.
        if (kind != FrameKind.Record && (_isScriptRunning || header.Correlation != 0))
        {
            AnnounceReady();
        }
    }
}
