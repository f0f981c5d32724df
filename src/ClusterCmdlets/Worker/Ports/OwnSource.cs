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
    private readonly Action _onStopped;
    private long _accepted;
    private Task _end = Task.CompletedTask;

    /// <summary>Begins to accept.</summary>
    /// <param name="listener">Gets the connections.</param>
    /// <param name="socket">The listening socket, which belongs to this object.</param>
    /// <param name="onStopped">Called when the socket is closed.</param>
    public OwnSource(WorkerListener listener, Socket socket, Action onStopped)
    {
        _listener = listener;
        _socket = socket;
        _onStopped = onStopped;
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
    public void Stop() => _end = EndAsync();

    private async Task EndAsync()
    {
        await _acceptor.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        _onStopped();

        // It has accepted them: nobody else can serve them.
        _listener.End(drop: false);
    }
}
