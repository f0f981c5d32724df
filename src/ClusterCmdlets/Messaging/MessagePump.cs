namespace Cluster.Messaging;

/// <summary>
/// Gives the messages of an inbox to a handler while there is one, one after the other in the order of their arrival, on a thread
/// of its own: a handler that is slow or waits holds up neither a pipe nor the heartbeat. Messages that the handler has not
/// returned from hold their senders back as any unread ones do. Thread-safe.
/// </summary>
/// <param name="inbox">The inbox.</param>
internal sealed class MessagePump(Inbox<InboxItem> inbox)
{
    private readonly object _gate = new();
    private Action<InboxItem>? _handler;
    private bool _isRunning;

    /// <summary>
    /// Sets who gets the messages, those that have arrived already first. While there is a handler no other reader of the inbox
    /// gets any; records are for the others.
    /// </summary>
    /// <param name="handler">The handler, which must not throw; null for none.</param>
    public void SetHandler(Action<InboxItem>? handler)
    {
        lock (_gate)
        {
            var isFirst = _handler is null;
            _handler = handler;
            if (handler is null)
            {
                inbox.Release();
                return;
            }

            if (isFirst)
            {
                inbox.Reserve(item => !item.IsRecord);
            }

            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Run) { IsBackground = true, Name = "Cluster messages" }.Start();
            }
        }
    }

    private void Run()
    {
        while (inbox.WaitForReserved() || !HasEnded())
        {
            DeliverNext();
        }
    }

    /// <summary>Nothing is there for the thread. Another handler may have come meanwhile.</summary>
    private bool HasEnded()
    {
        lock (_gate)
        {
            if (_handler is not null && !inbox.IsCompleted)
            {
                return false;
            }

            // After the end of the master nobody else would get what another reader gives back.
            inbox.Release();
            _isRunning = false;
            return true;
        }
    }

    private void DeliverNext()
    {
        Action<InboxItem>? handler;
        InboxItem? item;
        lock (_gate)
        {
            // Together, so that nothing is taken for a handler that has been removed.
            handler = _handler;
            item = inbox.TryTakeReserved();
        }

        if (item is not null)
        {
            handler!(item);
        }
    }
}
