using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Cluster.Worker.Ports;

/// <summary>Connections that this worker accepts itself: from a port of its own, or from a socket that it shares.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Its stop, which every listener comes to, releases all.")]
internal sealed class OwnSource : IConnectionSource
{
    private readonly WorkerListener _listener;
    private readonly Socket _socket;
    private readonly SocketAcceptor _acceptor;
    private readonly Action _onStopping;
    private readonly Action _onClosed;
    private long _accepted;
    private Task _end = Task.CompletedTask;
    private int _isStopped;

    /// <summary>Begins to accept.</summary>
    /// <param name="listener">Gets the connections.</param>
    /// <param name="socket">The listening socket, which belongs to this object.</param>
    /// <param name="onStopping">Called when it is to take no more.</param>
    /// <param name="onClosed">Called when the socket is closed.</param>
    public OwnSource(WorkerListener listener, Socket socket, Action onStopping, Action onClosed)
    {
        _listener = listener;
        _socket = socket;
        _onStopping = onStopping;
        _onClosed = onClosed;
        _acceptor = new SocketAcceptor(socket, accepted => listener.Queue.TryAdd(new PortConnection(Interlocked.Increment(ref _accepted), accepted)));
    }

    /// <inheritdoc/>
    public void OnTaken(PortConnection connection) => _acceptor.OnTaken();

    /// <inheritdoc/>
    public void OnClosed(PortConnection connection)
    {
        // Nobody counts them elsewhere.
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _onStopping();
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            _end = EndAsync();
        }
    }

    private async Task EndAsync()
    {
        try
        {
            await _acceptor.DisposeAsync().ConfigureAwait(false);
            _socket.Dispose();
            _onClosed();
        }
        finally
        {
            // It has accepted them: nobody else can serve them.
            _listener.End(drop: false);
        }
    }
}
