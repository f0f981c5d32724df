using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Cluster.Protocol;

namespace Cluster.Worker.Ports;

/// <summary>A port that this worker serves. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and its token outlives the listener.")]
internal sealed class WorkerListener
{
    private static readonly TimeSpan TakeTime = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _draining = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly KeepAlive _keepAlive;
    private readonly bool _keepsAlive;
    private IConnectionSource? _source;
    private Task _announcing = Task.CompletedTask;
    private Task _releasing = Task.CompletedTask;
    private int _isStopped;
    private int _hasEnded;
    private int _open;

    /// <summary>Prepares a listener; connections may come from now on.</summary>
    /// <param name="request">What it listens on.</param>
    /// <param name="keepAlive">Told what is open.</param>
    /// <param name="keepsAlive">Whether the listener itself keeps the worker alive.</param>
    public WorkerListener(ListenRequest request, KeepAlive keepAlive, bool keepsAlive)
    {
        Request = request;
        _keepAlive = keepAlive;
        _keepsAlive = keepsAlive;
        if (keepsAlive)
        {
            keepAlive.Add();
        }
    }

    /// <summary>Raised after a connection has come and at the end, on a thread of the module's. Handlers must not block.</summary>
    public event Action? Changed
    {
        add => Queue.Changed += value;
        remove => Queue.Changed -= value;
    }

    /// <summary>What it listens on, with the real port as soon as it listens.</summary>
    public ListenRequest Request { get; set; }

    /// <summary>Its socket, if it is this worker's alone, or shared with others; null when the master accepts.</summary>
    public Socket? Socket { get; set; }

    /// <summary>What has come and was not taken.</summary>
    public ConnectionQueue Queue { get; } = new();

    /// <summary>Cancelled when it is being stopped, by the script or because the worker drains: what is on its way may still come.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Connections that were taken and are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Called once, when it has ended.</summary>
    public Action<WorkerListener>? OnEnded { get; set; }

    /// <summary>Completes when it has ended: its socket is closed, if it had one, and all who were registered with <see cref="Draining"/> have been called.</summary>
    public Task Ended => Task.WhenAll(_ended.Task, _announcing);

    /// <summary>Takes connections from a source.</summary>
    /// <param name="source">The source.</param>
    public void Attach(IConnectionSource source)
    {
        _source = source;
        StopAgain();
    }

    /// <summary>If it was stopped while it was being opened, its source is told, which may not have been there or not been heard by the master.</summary>
    public void StopAgain()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isStopped) == 1)
        {
            _source?.Stop();
        }
    }

    /// <summary>Takes the next connection if there is one.</summary>
    /// <param name="connection">The connection, which belongs to the caller.</param>
    /// <returns>False if there is none at this moment.</returns>
    public bool TryAccept([NotNullWhen(true)] out PortConnection? connection)
    {
        if (!Queue.TryTake(out connection))
        {
            return false;
        }

        Take(connection);
        return true;
    }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connection, which belongs to the caller; null when no more will come.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public PortConnection? Accept(CancellationToken cancellation)
    {
        var connection = Queue.Take(cancellation);
        if (connection is not null)
        {
            Take(connection);
        }

        return connection;
    }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connection, which belongs to the caller; null when no more will come.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async ValueTask<PortConnection?> AcceptAsync(CancellationToken cancellation)
    {
        var connection = await Queue.TakeAsync(cancellation).ConfigureAwait(false);
        if (connection is not null)
        {
            Take(connection);
        }

        return connection;
    }

    /// <summary>Asks for no more connections. Does not wait: those that are on their way come, then the end.</summary>
    public void Stop()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            // Whoever has registered with it is called on the pool: this may be the thread that reads from the master.
            _announcing = _draining.CancelAsync();
            _source?.Stop();
        }
    }

    /// <summary>Nothing comes any more. Called by the source.</summary>
    /// <param name="drop">Whether those that were not taken yet are not to be taken any more.</param>
    /// <returns>Those.</returns>
    public IReadOnlyList<PortConnection> End(bool drop)
    {
        var dropped = Queue.Complete(drop);
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            // Also when its end was not asked for, as when the master has gone.
            _announcing = _draining.CancelAsync();
            OnEnded?.Invoke(this);
            _ended.SetResult();
            _releasing = ReleaseAsync();
        }

        return dropped;
    }

    /// <summary>
    /// The worker stays alive for those that have come and were not taken, if somebody takes them: a server on threads of its own does so in a
    /// moment. A script that has come to its end does not.
    /// </summary>
    private async Task ReleaseAsync()
    {
        if (_keepsAlive)
        {
            await Task.WhenAny(Queue.Emptied, Task.Delay(TakeTime)).ConfigureAwait(false);
            _keepAlive.Remove();
        }
    }

    private void Take(PortConnection connection)
    {
        Interlocked.Increment(ref _open);
        _keepAlive.Add();
        connection.Closed = OnClosed;
        _source?.OnTaken(connection);
    }

    private void OnClosed(PortConnection connection)
    {
        Interlocked.Decrement(ref _open);
        _source?.OnClosed(connection);
        _keepAlive.Remove();
    }
}
