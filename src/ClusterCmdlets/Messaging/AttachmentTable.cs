using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Handles that have come from a peer and belong to messages which nobody has read yet. A handle and its message come by two ways,
/// each of which may be the quicker one. What nobody will read is closed, whatever comes first. Bounded by the messages that may be
/// unread. Thread-safe.
/// </summary>
internal sealed class AttachmentTable
{
    /// <summary>Handles whose messages still wait for room at their senders, of which each thread that sends has one at most.</summary>
    private const int MaxAhead = 1000;

    private readonly object _gate = new();
    private readonly Dictionary<long, Entry> _entries = [];
    private int _limit;
    private bool _areHandlesOver;
    private bool _areMessagesOver;

    /// <summary>How many handles are kept or expected.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The way is being opened: from now on messages may name handles.</summary>
    /// <param name="maxMessages">How many messages of the peer may be unread.</param>
    public void Begin(int maxMessages)
    {
        lock (_gate)
        {
            _limit = maxMessages + MaxAhead;
        }
    }

    /// <summary>A message with a handle has arrived.</summary>
    /// <param name="number">The handle.</param>
    /// <exception cref="ProtocolException">It cannot have one, or another message has the same.</exception>
    public void Expect(long number)
    {
        lock (_gate)
        {
            var entry = EntryOf(number);
            if (entry.IsExpected)
            {
                throw new ProtocolException("Two messages name the same handle.");
            }

            entry.IsExpected = true;
        }
    }

    /// <summary>A handle has arrived.</summary>
    /// <param name="number">Names it.</param>
    /// <param name="handle">The handle, which belongs to the table.</param>
    /// <exception cref="ProtocolException">Another has the same number, or there are too many.</exception>
    public void Add(long number, Socket handle)
    {
        var isKept = false;
        try
        {
            lock (_gate)
            {
                var entry = EntryOf(number);
                if (entry.Handle is not null)
                {
                    throw new ProtocolException("Two handles have the same number.");
                }

                isKept = !entry.IsOver && (entry.IsExpected || !_areMessagesOver);
                entry.Handle = handle;
                if (!isKept)
                {
                    _entries.Remove(number);
                }

                Monitor.PulseAll(_gate);
            }
        }
        finally
        {
            if (!isKept)
            {
                handle.Dispose();
            }
        }
    }

    /// <summary>The message of a handle that has arrived will not come.</summary>
    /// <param name="number">The handle.</param>
    public void Withdraw(long number)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(number, out var entry) && !entry.IsExpected)
            {
                Remove(number, entry);
            }
        }
    }

    /// <summary>The reader of a message takes its handle, and waits for it if it has not come yet.</summary>
    /// <param name="number">The handle.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The handle, which belongs to the caller; null when it does not come.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was taken.</exception>
    public Socket? Take(long number, Deadline deadline, CancellationToken cancellation)
    {
        using var wake = cancellation.UnsafeRegister(
            static gate =>
            {
                lock (gate!)
                {
                    Monitor.PulseAll(gate);
                }
            },
            _gate);
        lock (_gate)
        {
            while (_entries.TryGetValue(number, out var entry))
            {
                if (entry.Handle is { } handle)
                {
                    _entries.Remove(number);
                    return handle;
                }

                cancellation.ThrowIfCancellationRequested();
                if (_areHandlesOver || deadline.HasPassed)
                {
                    break;
                }

                Monitor.Wait(_gate, deadline.Remaining);
            }

            Discard(number);
            return null;
        }
    }

    /// <summary>Nobody will read a message that has arrived.</summary>
    /// <param name="number">Its handle, which may not have come yet.</param>
    public void Discard(long number)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(number, out var entry))
            {
                return;
            }

            if (entry.Handle is not null || _areHandlesOver)
            {
                Remove(number, entry);
            }
            else
            {
                // What comes late must be known, to be closed.
                entry.IsOver = true;
            }
        }
    }

    /// <summary>No more handles come.</summary>
    public void EndHandles()
    {
        lock (_gate)
        {
            _areHandlesOver = true;
            foreach (var (number, entry) in _entries)
            {
                if (entry.IsOver)
                {
                    _entries.Remove(number);
                }
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>No more messages come: what belongs to none of those that have come is closed, also when it comes late.</summary>
    public void EndMessages()
    {
        lock (_gate)
        {
            _areMessagesOver = true;
            foreach (var (number, entry) in _entries)
            {
                if (!entry.IsExpected)
                {
                    Remove(number, entry);
                }
            }
        }
    }

    /// <summary>The receiver has ended: closes all.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _areHandlesOver = true;
            _areMessagesOver = true;
            foreach (var (number, entry) in _entries)
            {
                Remove(number, entry);
            }

            Monitor.PulseAll(_gate);
        }
    }

    private Entry EntryOf(long number)
    {
        if (!_entries.TryGetValue(number, out var entry))
        {
            if (_entries.Count >= _limit)
            {
                throw new ProtocolException(_limit == 0 ? "A message has a handle, and there is no channel for handles." : "Too many handles are on their way.");
            }

            _entries.Add(number, entry = new Entry());
        }

        return entry;
    }

    private void Remove(long number, Entry entry)
    {
        _entries.Remove(number);
        entry.Handle?.Dispose();
    }

    private sealed class Entry
    {
        public Socket? Handle { get; set; }

        /// <summary>Whether its message has arrived.</summary>
        public bool IsExpected { get; set; }

        /// <summary>Whether it is closed as soon as it comes.</summary>
        public bool IsOver { get; set; }
    }
}
