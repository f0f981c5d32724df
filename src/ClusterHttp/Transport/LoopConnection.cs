using System.IO.Pipelines;
using System.Net.Sockets;
using Cluster.Http.Loops;
using Cluster.Http.Requests;
using Cluster.Worker.Ports;
using Microsoft.AspNetCore.Connections;

namespace Cluster.Http.Transport;

/// <summary>A connection that an event loop reads and writes: its bytes go through two pipes whose both ends are on the loop's thread.</summary>
internal sealed class LoopConnection : DefaultConnectionContext, IClientWatch
{
    private const int MinReceiveBytes = 2048;
    private static readonly TimeSpan WatchTime = TimeSpan.FromMilliseconds(100);

    private readonly EventLoop _loop;
    private readonly PortConnection _port;
    private readonly LoopSocket _socket;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly CancellationTokenSource _closed = new();
    private readonly Action<LoopConnection> _onClosed;
    private Task _ended = Task.CompletedTask;

    /// <summary>Prepares a connection.</summary>
    /// <param name="loop">The loop that is to serve it.</param>
    /// <param name="port">The connection, which belongs to this object.</param>
    /// <param name="input">How bytes go to the server.</param>
    /// <param name="output">How they come from it.</param>
    /// <param name="onClosed">Told of its end.</param>
    public LoopConnection(EventLoop loop, PortConnection port, PipeOptions input, PipeOptions output, Action<LoopConnection> onClosed)
        : base(PortListener.NextId())
    {
        _loop = loop;
        _port = port;
        _onClosed = onClosed;
        _socket = new LoopSocket((int)port.Socket.Handle, port.Dispose);
        _input = new Pipe(input);
        _output = new Pipe(output);
        Transport = new Duplex(_input.Reader, _output.Writer);
        ConnectionClosed = _closed.Token;
        Features.Set<IClientWatch>(this);
        (LocalEndPoint, RemoteEndPoint) = PortListener.EndPointsOf(port.Socket);
    }

    /// <summary>Begins to read and to write. On the loop's thread.</summary>
    public void Start()
    {
        if (!_loop.TryAdd(_socket))
        {
            _socket.Close();
        }

        var sending = SendAsync();
        _ended = Task.WhenAll(ReceiveAsync(), sending);
    }

    /// <summary>Closes its socket. On the loop's thread.</summary>
    public void Close()
    {
        _loop.Remove(_socket);
        _socket.Close();
        _onClosed(this);
    }

    /// <inheritdoc/>
    /// <remarks>The loop itself sees nothing while a handler keeps it, so this looks from time to time, for handlers that ask.</remarks>
    public void Watch(CancellationTokenSource cancellation)
    {
        var timer = new Timer(state => Look((Timer)state!, cancellation));
        timer.Change(WatchTime, WatchTime);
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason) => _loop.Post(static self => ((LoopConnection)self!).Close(), this);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await new LoopSwitch(_loop);
        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        await Transport.Output.CompleteAsync().ConfigureAwait(false);
        await _ended.ConfigureAwait(false);
        await new LoopSwitch(_loop);
        Close();
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Look(Timer timer, CancellationTokenSource cancellation)
    {
        try
        {
            if (cancellation.Token.IsCancellationRequested)
            {
                timer.Dispose();
            }
            else if (LinuxSockets.HasPeerClosed(_socket.Handle))
            {
                timer.Dispose();
                // Not here: what a script has registered may throw, which would end the process on the timer's thread.
                _ = cancellation.CancelAsync();
            }
        }
        catch (ObjectDisposedException)
        {
            // The request has been answered.
            timer.Dispose();
        }
    }

    private async Task ReceiveAsync()
    {
        var writer = _input.Writer;
        Exception? error = null;
        try
        {
            while (true)
            {
                // A connection that waits holds no buffer.
                await _socket.WaitReadable();
                var count = _socket.Receive(writer.GetSpan(MinReceiveBytes));
                if (count <= 0)
                {
                    if (count < 0)
                    {
                        continue;
                    }

                    break;
                }

                writer.Advance(count);
                var flushed = await writer.FlushAsync(CancellationToken.None);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (SocketException exception)
        {
            error = new ConnectionResetException(exception.Message, exception);
        }

        await writer.CompleteAsync(error);

        // On the pool: what is told of it is not the loop's work.
        await _closed.CancelAsync();
    }

    private async Task SendAsync()
    {
        var reader = _output.Reader;
        Exception? error = null;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(CancellationToken.None);
                var buffer = result.Buffer;
                foreach (var segment in buffer)
                {
                    await _socket.SendAsync(segment);
                }

                reader.AdvanceTo(buffer.End);
                if (result.IsCompleted || result.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (SocketException exception)
        {
            error = exception;
        }

        await reader.CompleteAsync(error);

        // The server has said all: this ends the reading too.
        Close();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
