using Cluster.Contracts;

namespace Cluster.Messaging;

/// <summary>
/// Tells those who wait for one of several things that something has changed: they look again. Pulsing it costs next to
/// nothing while nobody waits. Thread-safe.
/// </summary>
internal sealed class ChangeSignal
{
    private readonly object _gate = new();
    private long _version;
    private int _waiting;

    /// <summary>Counts the changes. It is read before looking, and given to the wait.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Raised at every change, on the thread that made it.</summary>
    private event Action? Changed;

    /// <summary>Something has changed.</summary>
    public void Pulse()
    {
        // A waiter counts itself before it reads the version for the last time, and this is in the opposite order.
        Interlocked.Increment(ref _version);
        Changed?.Invoke();
        if (Volatile.Read(ref _waiting) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for a change.</summary>
    /// <param name="seen">The version that the caller has looked at.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False at the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool Wait(long seen, Deadline deadline, CancellationToken cancellation)
    {
        using var wake = cancellation.UnsafeRegister(static signal => ((ChangeSignal)signal!).Pulse(), this);
        lock (_gate)
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                while (Version == seen)
                {
                    if (deadline.HasPassed)
                    {
                        return false;
                    }

                    Monitor.Wait(_gate, deadline.Remaining);
                }
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        cancellation.ThrowIfCancellationRequested();
        return true;
    }

    /// <summary>
    /// Waits for a change that is made by what arrives on a channel: the calling thread reads it itself if it can, instead of
    /// being woken.
    /// </summary>
    /// <param name="seen">The version that the caller has looked at.</param>
    /// <param name="peer">The other end of the channel.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False at the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool Wait(long seen, IPeer peer, Deadline deadline, CancellationToken cancellation)
    {
        Changed += peer.Interrupt;
        try
        {
            peer.ReadUntil(() => Version != seen, deadline, cancellation);
        }
        finally
        {
            Changed -= peer.Interrupt;
        }

        if (Version == seen)
        {
            peer.Resume();
        }

        return Wait(seen, deadline, cancellation);
    }

    /// <summary>Waits for a change that is made by what arrives on some channels.</summary>
    /// <param name="seen">The version that the caller has looked at.</param>
    /// <param name="peers">The other ends of the channels.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False at the deadline.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public bool Wait(long seen, IReadOnlyList<IPeer> peers, Deadline deadline, CancellationToken cancellation)
    {
        if (peers.Count == 1)
        {
            return Wait(seen, peers[0], deadline, cancellation);
        }

        for (var i = 0; i < peers.Count; i++)
        {
            peers[i].Resume();
        }

        return Wait(seen, deadline, cancellation);
    }
}
