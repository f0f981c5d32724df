using System.Globalization;
using System.IO.Pipes;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// The master's end of one worker's pipe until the worker is authenticated. Any other client is disconnected
/// and reported; the pipe's file is deleted as soon as the worker is connected.
/// </summary>
internal sealed class WorkerPipe : IDisposable
{
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(5);

    /// <summary>A process that is not the expected one gets little time, in which nobody else can connect.</summary>
    private static readonly TimeSpan OtherProcessTime = TimeSpan.FromSeconds(0.5);

    /// <summary>On Windows a write waits for its reader without one; on Unix the system's own size is kept.</summary>
    private static readonly int BufferBytes = OperatingSystem.IsWindows() ? 64 * 1024 : 0;

    private readonly Action<string> _onRefused;
    private NamedPipeServerStream _server;

    /// <summary>Creates the pipe; from here on the worker can connect.</summary>
    /// <param name="onRefused">Called with the reason whenever a client is refused.</param>
    public WorkerPipe(Action<string> onRefused)
    {
        _onRefused = onRefused;
        Name = PipeDirectory.NewPipeName();
        _server = Listen(Name);
    }

    /// <summary>A full path on Unix, a pipe name on Windows.</summary>
    public string Name { get; }

    /// <summary>Waits for the worker.</summary>
    /// <param name="token">The token that it must show.</param>
    /// <param name="processId">The process that it must be.</param>
    /// <param name="role">What it must want.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connected stream, which belongs to the caller, the reader that took the hello off it, and the protocol's
    /// version that both sides speak.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="ClusterException">The token was shown by another process: a child of the one that was started.</exception>
    public async Task<(NamedPipeServerStream Stream, FrameReader Reader, ushort Version)> AcceptAsync(
        byte[] token, int processId, PeerRole role, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await _server.WaitForConnectionAsync(cancellation).ConfigureAwait(false);
                var (reader, version) = await ReadHelloAsync(token, processId, role).ConfigureAwait(false);
                if (!OperatingSystem.IsWindows())
                {
                    File.Delete(Name);
                }

                var stream = _server;
                _server = null!;
                return (stream, reader, version);
            }
            catch (Exception exception) when (PipeFailure.Is(exception) || exception is UnauthorizedAccessException)
            {
                cancellation.ThrowIfCancellationRequested();
                _onRefused(exception.Message);

                // A new instance rather than a disconnect, which on Unix would keep the clients that queue for this one.
                await _server.DisposeAsync().ConfigureAwait(false);
                _server = Listen(Name);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _server?.Dispose();

    private static NamedPipeServerStream Listen(string name) =>
        new(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly, BufferBytes, BufferBytes);

    /// <summary>
    /// Reads on a thread of its own, since a read that was begun asynchronously would make every later one
    /// on this socket slower; a silent client is ended by closing the pipe under it.
    /// </summary>
    private async Task<(FrameReader Reader, ushort Version)> ReadHelloAsync(byte[] token, int processId, PeerRole role)
    {
        var server = _server;
        using var silence = new CancellationTokenSource(HelloTime);
        using var end = silence.Token.Register(server.Dispose);
        return await Task.Factory.StartNew(
            () => ReadHello(server, token, processId, role, silence), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
    }

    private static (FrameReader Reader, ushort Version) ReadHello(
        NamedPipeServerStream server, byte[] token, int processId, PeerRole role, CancellationTokenSource silence)
    {
        var client = PeerProcess.GetClientProcessId(server);
        if (client != processId)
        {
            silence.CancelAfter(OtherProcessTime);
            throw Refusal(server, token, processId, role, client);
        }

        ushort version = 0;
        var reader = ReadHello(server, hello => version = hello.Accept(role, processId, token));
        return (reader, version);
    }

    /// <summary>
    /// What to say of another process than the one that was started. It is never let in. The token is in the environment of
    /// the started process and its children alone. A child that shows it, as the process that it is, is the worker that the
    /// started process will never be, so waiting is in vain.
    /// </summary>
    private static Exception Refusal(NamedPipeServerStream server, byte[] token, int processId, PeerRole role, int client)
    {
        try
        {
            _ = ReadHello(server, hello => hello.Accept(role, client, token));
            return new ClusterException(
                ClusterErrorId.HostStartFailed,
                ErrorCategory.InvalidOperation,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The host was started as process {processId}, but the worker runs in another one, process {client}. A script that is given as -HostPath must replace itself with PowerShell: in a shell script, exec pwsh \"$@\"."),
                processId);
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // Not a worker at all.
            return new ProtocolException($"Process {client} connected to the pipe of worker process {processId}.");
        }
    }

    private static FrameReader ReadHello(NamedPipeServerStream server, Action<Hello> onHello)
    {
        var helloOnly = new FrameTable();
        helloOnly.Add(ControlKind.Hello, Hello.Size, frame => onHello(Hello.Read(frame.Body)));
        var reader = new FrameReader(server, helloOnly, FrameReader.KindSize + Hello.Size);
        if (!reader.TryRead(out var hello))
        {
            throw new ProtocolException("The client closed the pipe before its hello.");
        }

        helloOnly.Deliver(hello);
        return reader;
    }
}
