using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>The handles of messages: sent ahead of them, taken by their readers.</summary>
internal static class MessageHandles
{
    /// <summary>A handle is sent before its message, so it is there as a rule, or comes in a moment.</summary>
    private static readonly TimeSpan ArrivalTime = TimeSpan.FromSeconds(10);

    /// <summary>A process that dies is missed on the one way a little earlier than on the other.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    /// <summary>Sends the handle of a message, if it has one. Waits until the way is open and has room.</summary>
    /// <param name="peer">The receiver.</param>
    /// <param name="message">The message.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="header">The header that the message is to be sent with.</param>
    /// <returns>What became of it; sent if the message has none.</returns>
    /// <exception cref="ClusterException">The system does not send it, or it cannot go to this receiver.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public static SendResult SendAhead(IPeer peer, in OutgoingMessage message, Deadline deadline, CancellationToken cancellation, out DataHeader header)
    {
        header = message.Header;
        if (message.Handle is not { } handle)
        {
            return SendResult.Sent;
        }

        var number = 0L;
        var result = peer.Handles?.Send(handle, deadline, cancellation, out number) ?? SendResult.Closed;
        if (result == SendResult.Closed && !WaitForEnd(peer, cancellation))
        {
            throw new ClusterException(
                ClusterErrorId.ChannelClosed, ErrorCategory.ConnectionError, $"{new Receiver(peer).Name} is connected, but its channel for handles has ended; the message was not sent.", peer.Subject);
        }

        header = header with { Handle = number };
        return result;
    }

    /// <summary>The message whose handle was sent ahead was not sent.</summary>
    /// <param name="peer">The receiver.</param>
    /// <param name="header">The header that it was to be sent with.</param>
    public static void Withdraw(IPeer peer, in DataHeader header)
    {
        if (header.Handle != 0)
        {
            peer.Handles?.Withdraw(header.Handle);
        }
    }

    /// <summary>A message has arrived: its handle is kept for its reader from now on.</summary>
    /// <param name="peer">Where it came from.</param>
    /// <param name="frame">The message.</param>
    /// <exception cref="ProtocolException">It cannot have a handle.</exception>
    public static void Expect(IPeer peer, in Frame frame)
    {
        if (frame.Header.Handle != 0 && frame.Kind is FrameKind.Message or FrameKind.Request)
        {
            (peer.Handles?.Arrived ?? throw new ProtocolException("A message has a handle, and there is no channel for handles.")).Expect(frame.Header.Handle);
        }
    }

    /// <summary>The reader of a message takes its handle, if it has one; waits for it if it has not come yet.</summary>
    /// <param name="item">The message, which holds the handle from now on.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ClusterException">The handle does not come.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was taken.</exception>
    public static void Take(InboxItem item, CancellationToken cancellation)
    {
        if (item is { HasHandle: true, Handle: null })
        {
            item.Handle = item.Source.Handles?.Arrived.Take(item.Frame.Header.Handle, Deadline.After(ArrivalTime), cancellation) ?? throw new ClusterException(
                ClusterErrorId.HandleLost,
                ErrorCategory.ResourceUnavailable,
                $"A message from {(item.Source.Id == 0 ? "the master" : $"worker {item.Source.Id}")} has lost the socket that was sent with it: its sender or this master has ended, or no descriptors were left.",
                item.Source.Id);

            // If its sender has used it asynchronously, the system's copy does not block, and .NET refuses calls that do until it is
            // told to wait for them itself.
            item.Handle.Blocking = true;
        }
    }

    /// <summary>Nobody will read a message: its handle is closed.</summary>
    /// <param name="item">The message.</param>
    public static void Discard(InboxItem item)
    {
        if (item.Handle is { } handle)
        {
            handle.Dispose();
        }
        else if (item.HasHandle)
        {
            item.Source.Handles?.Arrived.Discard(item.Frame.Header.Handle);
        }
    }

    /// <returns>Whether the peer has ended, or begun to; false if it goes on without a way for handles.</returns>
    private static bool WaitForEnd(IPeer peer, CancellationToken cancellation)
    {
        using var changed = new SemaphoreSlim(0);
        void OnChanged() => changed.Release();
        var deadline = Deadline.After(EndTime);
        peer.RoomChanged += OnChanged;
        try
        {
            peer.Resume();
            while (peer.Load.Window.IsAccepting)
            {
                if (!changed.Wait(deadline.Remaining, cancellation))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            peer.RoomChanged -= OnChanged;
        }
    }
}
