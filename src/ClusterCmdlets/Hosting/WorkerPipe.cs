using System.IO.Pipes;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// The master's end of one worker's pipe until the worker has shown who it is. Strangers are turned away
/// and reported; the pipe's file is gone as soon as the worker is in.
/// </summary>
internal sealed class WorkerPipe : IDisposable
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(5);
    private readonly Action<string> _onStranger;
    private NamedPipeServerStream _server;

    /// <summary>Creates the pipe; from here on the worker can connect.</summary>
    /// <param name="onStranger">Called with the reason whenever somebody is turned away.</param>
    public WorkerPipe(Action<string> onStranger)
    {
        _onStranger = onStranger;
        Name = PipeDirectory.NewPipeName();
        _server = Listen(Name);
    }

    /// <summary>A full path on Unix, a pipe name on Windows.</summary>
    public string Name { get; }

    /// <summary>Waits for the worker.</summary>
    /// <param name="token">The token that it must show.</param>
    /// <param name="processId">The process that it must be.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connected stream, which belongs to the caller, and the reader that took the hello off it.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task<(NamedPipeServerStream Stream, FrameReader Reader)> AcceptAsync(byte[] token, int processId, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await _server.WaitForConnectionAsync(cancellation).ConfigureAwait(false);
                var reader = await ReadHelloAsync(token, processId).ConfigureAwait(false);
                if (!OperatingSystem.IsWindows())
                {
                    File.Delete(Name);
                }

                var stream = _server;
                _server = null!;
                return (stream, reader);
            }
            catch (Exception exception) when (PipeFailure.Is(exception) || exception is UnauthorizedAccessException)
            {
                cancellation.ThrowIfCancellationRequested();
                _onStranger(exception.Message);

                // A new instance rather than a disconnect, which on Unix would keep strangers that queued up.
                await _server.DisposeAsync().ConfigureAwait(false);
                _server = Listen(Name);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _server?.Dispose();

    private static NamedPipeServerStream Listen(string name) =>
        new(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);

    /// <summary>
    /// Reads on a thread of its own, since a read that was begun asynchronously would make every later one
    /// on this socket slower; a silent peer is ended by closing the pipe under it.
    /// </summary>
    private async Task<FrameReader> ReadHelloAsync(byte[] token, int processId)
    {
        var server = _server;
        using var silence = new CancellationTokenSource(HelloTime);
        using var end = silence.Token.Register(server.Dispose);
        return await Task.Factory.StartNew(
            () => ReadHello(server, token, processId), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    private static FrameReader ReadHello(NamedPipeServerStream server, byte[] token, int processId)
    {
        var peer = PeerProcess.GetClientProcessId(server);
        if (peer != processId)
        {
            throw new ProtocolException($"Process {peer} connected to the pipe of worker process {processId}.");
        }

        var reader = new FrameReader(server, ChannelLimits.MaxHelloBytes);
        if (!reader.TryRead(out var frame) || frame.Kind != FrameKind.Hello)
        {
            throw new ProtocolException("A worker's first frame was no hello.");
        }

        var hello = Hello.Read(frame.Body);
        if (hello.Version != Hello.CurrentVersion)
        {
            throw new ProtocolException($"A worker speaks protocol version {hello.Version}, its master {Hello.CurrentVersion}.");
        }

        return hello.HasToken(token) && hello.ProcessId == processId
            ? reader
            : throw new ProtocolException("A worker showed a wrong token.");
    }
}
