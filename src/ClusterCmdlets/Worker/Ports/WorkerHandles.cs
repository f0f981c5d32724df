using System.Diagnostics.CodeAnalysis;
using System.IO.Pipes;
using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Worker.Ports;

/// <summary>
/// The worker's end of its handle channel. It is opened when the worker needs it first, or the master does. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class WorkerHandles
{
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(10);
    private readonly WorkerSession _session;
    private readonly Action<HandleRecord, Socket?> _onRecord;
    private readonly Action _onEnd;
    private readonly ManualResetEventSlim _opened = new();
    private volatile HandleChannel? _channel;
    private volatile Exception? _failure;
    private int _isRequested;
    private int _isOffered;

    /// <summary>Prepares the channel.</summary>
    /// <param name="session">The worker.</param>
    /// <param name="onRecord">Takes what arrives, on the thread that reads; a socket belongs to it.</param>
    /// <param name="onEnd">Called when nothing more can arrive.</param>
    public WorkerHandles(WorkerSession session, Action<HandleRecord, Socket?> onRecord, Action onEnd)
    {
        _session = session;
        _onRecord = onRecord;
        _onEnd = onEnd;
        session.Frames.Add(ControlKind.HandlesOffer, HandlesOffer.MaxSize, frame => OnOffer(HandlesOffer.Read(frame.Body)));
    }

    /// <summary>Sends a record. Nothing is sent when the channel has ended.</summary>
    /// <param name="record">The record.</param>
    /// <param name="socket">A socket of which the master gets a copy, or null.</param>
    /// <returns>Whether it was sent.</returns>
    public bool Send(HandleRecord record, Socket? socket = null)
    {
        try
        {
            return _channel is { } channel && channel.Send(record, socket);
        }
        catch (IOException)
        {
            // The master has gone; this process follows.
            return false;
        }
    }

    /// <summary>Makes sure that the channel is open.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ClusterException">It cannot be opened.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public void Open(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _isRequested, 1) == 0)
        {
            _session.SendControl(ControlKind.HandlesRequest, []);
        }

        if (!_opened.Wait(OpenTime, cancellation) || _failure is not null)
        {
            throw new ClusterException(
                ClusterErrorId.ChannelClosed, ErrorCategory.OpenError, $"The channel for connections could not be opened: {_failure?.Message ?? "the master does not answer."}", inner: _failure);
        }
    }

    private void OnOffer(HandlesOffer offer)
    {
        if (Interlocked.Exchange(ref _isOffered, 1) == 0)
        {
            new Thread(() => Run(offer)) { IsBackground = true, Name = "Cluster handles" }.Start();
        }
    }

    private void Run(HandlesOffer offer)
    {
        try
        {
            var pipe = new NamedPipeClientStream(".", offer.Pipe, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            using var channel = new HandleChannel(pipe, _session.Context.MasterProcessId);
            pipe.Connect((int)OpenTime.TotalMilliseconds);
            WorkerSession.Greet(pipe, PeerRole.Handles, offer.Token);
            _channel = channel;
            while (channel.Read() is var (record, socket))
            {
                if (record.Kind == HandleRecordKind.Open)
                {
                    _opened.Set();
                }
                else
                {
                    _onRecord(record, socket);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Without the master this process ends; otherwise those who need the channel are told.
            _failure = exception;
        }
        finally
        {
            _channel = null;
            _failure ??= new IOException("The master has closed it.");
            _opened.Set();
            _onEnd();
        }
    }
}
