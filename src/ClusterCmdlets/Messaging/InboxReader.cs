using Cluster.Contracts;

namespace Cluster.Messaging;

/// <summary>
/// Reads an inbox for one command: takes what it is meant to have, some at a time, and gives back what could not be passed on.
/// For one thread.
/// </summary>
internal sealed class InboxReader
{
    /// <summary>Enough to share the inbox's lock rarely, and few enough to put back.</summary>
    private const int MaxBatch = 256;

    private readonly IInboxOwner _owner;
    private readonly IReadOnlySet<int>? _ids;
    private readonly Func<string, bool>? _isWantedTopic;
    private readonly Func<InboxItem, bool>? _filter;
    private readonly CancellationToken _cancellation;
    private readonly Queue<InboxItem> _batch = new();

    /// <summary>Creates a reader.</summary>
    /// <param name="owner">Whose inbox it is.</param>
    /// <param name="ids">The workers whose messages are wanted; null for all.</param>
    /// <param name="isWantedTopic">Whether messages with a topic are wanted; null for all, also those without one.</param>
    /// <param name="cancellation">Ends every wait.</param>
    public InboxReader(IInboxOwner owner, IReadOnlySet<int>? ids, Func<string, bool>? isWantedTopic, CancellationToken cancellation)
    {
        _owner = owner;
        _ids = ids;
        _isWantedTopic = isWantedTopic;
        _filter = ids is null && isWantedTopic is null ? null : IsWanted;
        _cancellation = cancellation;
    }

    /// <summary>What was taken and not passed on yet; null if nothing.</summary>
    public InboxItem? Current => _batch.TryPeek(out var item) ? item : null;

    /// <summary>Takes what has arrived. What arrives meanwhile is for later, or a flood would keep the reader for ever.</summary>
    /// <param name="wanted">How much at most.</param>
    public void TakePresent(int wanted) => _owner.Inbox.TakeMany(_filter, _batch, Math.Min(_owner.Inbox.Count, wanted));

    /// <summary>Takes what has arrived, or waits for it.</summary>
    /// <param name="wanted">How much at most.</param>
    /// <param name="deadline">When to give up.</param>
    /// <returns>False when nothing more can come, and at the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was taken.</exception>
    public bool Wait(int wanted, Deadline deadline)
    {
        var inbox = _owner.Inbox;
        inbox.TakeMany(_filter, _batch, Math.Min(wanted, MaxBatch));
        if (_batch.Count > 0)
        {
            return true;
        }

        _owner.OnWait();
        ReadFromOnlySource(deadline);
        if (inbox.Take(_filter, HasEnded, deadline, _cancellation) is not { } item)
        {
            return false;
        }

        _batch.Enqueue(item);
        return true;
    }

    /// <summary>
    /// The current item is about to be passed on. Its sender gets the credit before: it may be waiting for that, and the one that
    /// reads it for the sender.
    /// </summary>
    public void Credit()
    {
        if (Current is { IsRecord: false, IsCredited: false } item)
        {
            item.IsCredited = true;
            item.Source.ReturnCredit(item.Frame);
        }
    }

    /// <summary>The current item was passed on.</summary>
    public void Remove() => _batch.Dequeue();

    /// <summary>What was taken and not passed on goes back: it is the next to be read.</summary>
    public void PutBack()
    {
        if (_batch.Count > 0)
        {
            _owner.Inbox.PutBack(_batch);
            _batch.Clear();
        }
    }

    /// <summary>The senders get the credit that has gathered.</summary>
    public void FlushCredit() => _owner.OnWait();

    /// <summary>When all that can come comes by one channel, this thread reads it itself instead of being woken.</summary>
    private void ReadFromOnlySource(Deadline deadline)
    {
        if (_owner.OnlySource is not { } source)
        {
            return;
        }

        _owner.Inbox.Changed += source.Interrupt;
        try
        {
            source.ReadUntil(() => _owner.Inbox.HasFor(_filter) || HasEnded(), deadline, _cancellation);
            if (_owner.Inbox.HasFor(_filter))
            {
                return;
            }
        }
        finally
        {
            _owner.Inbox.Changed -= source.Interrupt;
        }

        // It may have returned early; this thread is woken from now on.
        source.Resume();
    }

    private bool HasEnded() => _owner.HasEnded(_ids);

    private bool IsWanted(InboxItem item) =>
        (_ids is null || _ids.Contains(item.Frame.Header.Peer != 0 ? item.Frame.Header.Peer : item.Source.Id))
        && (_isWantedTopic is null || (item.Topic is { } topic && _isWantedTopic(topic)));
}
