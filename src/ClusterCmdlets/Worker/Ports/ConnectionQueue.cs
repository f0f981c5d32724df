using System.Diagnostics.CodeAnalysis;

namespace Cluster.Worker.Ports;

/// <summary>
/// Connections of a listener that the script has not taken yet. Its size is bounded by who fills it: the master's window, or
/// the thread that accepts. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Whoever is late may still wait on it; without a wait handle it holds nothing.")]
internal sealed class ConnectionQueue
{
    private readonly object _gate = new();
    private readonly Queue<PortConnection> _connections = new();
    private readonly SemaphoreSlim _count = new(0);
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplete;

    /// <summary>Raised after a connection has come and at the end, on the thread that brings it. Handlers must not block.</summary>
    public event Action? Changed;

    /// <summary>Connections that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>Whether nothing is left and nothing comes any more.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
            {
                return _isComplete && _connections.Count == 0;
            }
        }
    }

    /// <summary>Completes when nothing is left and nothing comes any more.</summary>
    public Task Emptied => _emptied.Task;

    /// <summary>Adds a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>False if no more are taken.</returns>
    public bool TryAdd(PortConnection connection)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }

            _connections.Enqueue(connection);
        }

        _count.Release();
        Changed?.Invoke();
        return true;
    }

    /// <summary>Takes the next connection if there is one.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>False if there is none at this moment.</returns>
    public bool TryTake([NotNullWhen(true)] out PortConnection? connection)
    {
        connection = null;
        if (!_count.Wait(0))
        {
            return false;
        }

        connection = TakeCounted();
        return connection is not null;
    }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connection; null when no more will come.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public PortConnection? Take(CancellationToken cancellation)
    {
        _count.Wait(cancellation);
        return TakeCounted();
    }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connection; null when no more will come.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async ValueTask<PortConnection?> TakeAsync(CancellationToken cancellation)
    {
        await _count.WaitAsync(cancellation).ConfigureAwait(false);
        return TakeCounted();
    }

    /// <summary>Takes no more connections.</summary>
    /// <param name="drop">Whether those that wait are not to be taken any more either.</param>
    /// <returns>Those; none if they are still to be taken.</returns>
    public IReadOnlyList<PortConnection> Complete(bool drop)
    {
        PortConnection[] dropped = [];
        var isFirst = false;
        lock (_gate)
        {
            isFirst = !_isComplete;
            _isComplete = true;
            if (drop)
            {
                dropped = [.. _connections];
                _connections.Clear();
            }

            NoteIfEmptied();
        }

        if (isFirst)
        {
            // Wakes one that waits, who wakes the next.
            _count.Release();
        }

        Changed?.Invoke();
        return dropped;
    }

    private PortConnection? TakeCounted()
    {
        lock (_gate)
        {
            if (_connections.TryDequeue(out var connection))
            {
                NoteIfEmptied();
                return connection;
            }
        }

        // The end, or what was counted has been dropped at the end: for all others too.
        _count.Release();
        return null;
    }

    private void NoteIfEmptied()
    {
        if (_isComplete && _connections.Count == 0)
        {
            _emptied.TrySetResult();
        }
    }
}
