using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Worker;
using Cluster.Worker.Ports;

namespace Cluster.Api;

/// <summary>
/// A port that a worker serves, from <c>New-ClusterListener</c>. The master owns the port, and all workers that ask for it share
/// it, unless it is exclusive. Thread-safe.
/// </summary>
public sealed class ClusterListener : IDisposable
{
    private readonly object _reading = new();
    private DatagramReader? _reader;

    internal ClusterListener(WorkerListener listener)
    {
        Listener = listener;
    }

    /// <summary>The IP address that it was asked for; null for a Unix socket.</summary>
    public IPAddress? Address => IsUnix ? null : IPAddress.Parse(Listener.Request.Address);

    /// <summary>The real port, also when it was asked for port 0; 0 for a Unix socket.</summary>
    public int Port => Listener.Request.Port;

    /// <summary>The full path of a Unix socket, or null.</summary>
    public string? Path => IsUnix ? Listener.Request.Address : null;

    /// <summary>What clients connect to.</summary>
    public EndPoint EndPoint => Address is { } address ? new IPEndPoint(address, Port) : new UnixDomainSocketEndPoint(Path!);

    /// <summary>Which worker gets a connection.</summary>
    public ConnectionScheduling Scheduling => Listener.Request.Scheduling;

    /// <summary>Whether this worker has the port alone.</summary>
    public bool IsExclusive => Listener.Request.Exclusive;

    /// <summary>Whether new connections may still come.</summary>
    public bool IsListening => !Listener.Draining.IsCancellationRequested;

    /// <summary>Connections that were accepted and are open.</summary>
    public int OpenConnections => Listener.Open;

    /// <summary>
    /// The socket: of UDP, of a port that the worker has alone, and of one whose socket all workers share; null when the master
    /// accepts. It belongs to the listener.
    /// </summary>
    public Socket? Socket => Listener.Socket;

    /// <summary>Cancelled when the listener is stopped, or the worker drains: connections that are on their way may still come.</summary>
    public CancellationToken Draining => Listener.Draining;

    internal WorkerListener Listener { get; }

    private Socket Datagrams => Listener.Request.Protocol == PortProtocol.Udp
        ? Listener.Socket ?? throw new ObjectDisposedException(ToString())
        : throw new InvalidOperationException($"{this} is not a port of UDP: it has connections, which Accept gives.");

    private bool IsUnix => Listener.Request.Protocol == PortProtocol.Unix;

    /// <summary>Waits for the next connection.</summary>
    /// <returns>The connection, which the caller closes; null when no more will come, because the listener was stopped or the worker drains.</returns>
    /// <exception cref="PipelineStoppedException">The worker's pipeline is being stopped.</exception>
    public ClusterConnection? Accept()
    {
        try
        {
            return Listener.Accept(WorkerSession.Current!.StopToken) is { } connection ? new ClusterConnection(connection) : null;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Waits for the next connection.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The connection, which the caller closes; null when no more will come, because the listener was stopped or the worker drains.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public async Task<ClusterConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await Listener.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } connection ? new ClusterConnection(connection) : null;

    /// <summary>Of a port of UDP: waits for the next datagram that the system gives to this worker.</summary>
    /// <returns>The datagram; null when the listener was stopped or the worker drains.</returns>
    /// <exception cref="InvalidOperationException">It is not a port of UDP.</exception>
    /// <exception cref="PipelineStoppedException">The worker's pipeline is being stopped.</exception>
    /// <exception cref="SocketException">The system cannot receive.</exception>
    public ClusterDatagram? Receive()
    {
        var stop = WorkerSession.Current!.StopToken;
        lock (_reading)
        {
            // Made for the first datagram and kept: it has a buffer for the largest one.
            _reader ??= new DatagramReader(Datagrams);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Draining, stop);
            try
            {
                var (bytes, sender) = _reader.Read(end.Token);
                return new ClusterDatagram(bytes, sender);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException || end.IsCancellationRequested)
            {
                // No other will come: the reader is not needed any more.
                _reader.Dispose();
                return stop.IsCancellationRequested ? throw new PipelineStoppedException() : null;
            }
        }
    }

    /// <summary>Of a port of UDP: sends a datagram from it.</summary>
    /// <param name="bytes">What it says.</param>
    /// <param name="remoteEndPoint">Who gets it.</param>
    /// <exception cref="InvalidOperationException">It is not a port of UDP.</exception>
    /// <exception cref="SocketException">The system cannot send it.</exception>
    public void Send(byte[] bytes, EndPoint remoteEndPoint) => Datagrams.SendTo(bytes, remoteEndPoint);

    /// <summary>
    /// Takes no more connections. Does not wait; those that were accepted go on, and those that were not go to another worker.
    /// </summary>
    public void Stop() => Listener.Stop();

    /// <summary>The same as <see cref="Stop"/>.</summary>
    public void Dispose() => Stop();

    /// <inheritdoc/>
    public override string ToString() => PortName.Of(Listener.Request);
}
