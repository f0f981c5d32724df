using System.Diagnostics.CodeAnalysis;
using System.IO.Pipes;
using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Worker.Ports;

/// <summary>
/// The worker's end of its handle channel. It is opened when the worker needs it first, or the master does. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class WorkerHandles : IHandleCarrier
{
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WithdrawTime = TimeSpan.FromSeconds(1);
    private readonly WorkerSession _session;
    private readonly ManualResetEventSlim _opened = new();
    private volatile HandleChannel? _channel;
    private volatile Exception? _failure;
    private int _isRequested;
    private int _isOffered;
    private long _lastNumber;

    /// <summary>Prepares the channel.</summary>
    /// <param name="session">The worker.</param>
    public WorkerHandles(WorkerSession session)
    {
        _session = session;
        session.Frames.Add(ControlKind.HandlesOffer, HandlesOffer.MaxSize, frame => OnOffer(HandlesOffer.Read(frame.Body)));
    }

    /// <summary>Takes what arrives for listeners, on the thread that reads; a socket belongs to it.</summary>
    public Action<HandleRecord, Socket?>? OnRecord { get; set; }

    /// <summary>Called when nothing more can arrive.</summary>
    public Action? OnEnd { get; set; }

    /// <inheritdoc/>
    public AttachmentTable Arrived { get; } = new();

    /// <inheritdoc/>
    public SendResult Send(Socket handle, Deadline deadline, CancellationToken cancellation, out long number)
    {
        number = Interlocked.Increment(ref _lastNumber);
        if (!TryOpen(deadline, cancellation))
        {
            return SendResult.Full;
        }

        return _channel?.SendAttachment(number, handle, deadline, cancellation) ?? SendResult.Closed;
    }

    /// <inheritdoc/>
    public void Withdraw(long number) => _channel?.SendAttachment(number, null, Deadline.After(WithdrawTime), CancellationToken.None);

    /// <summary>Sends a record. Nothing is sent when the channel has ended.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Whether it was sent.</returns>
    public bool Send(HandleRecord record)
    {
        try
        {
            return _channel is { } channel && channel.Send(record);
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
        if (!TryOpen(Deadline.After(OpenTime), cancellation) || _failure is not null)
        {
            throw _failure as ClusterException ?? new ClusterException(
                ClusterErrorId.ChannelClosed, ErrorCategory.OpenError, $"The channel for connections could not be opened: {_failure?.Message ?? "the master does not answer."}", inner: _failure);
        }
    }

    private bool TryOpen(Deadline deadline, CancellationToken cancellation)
    {
        if (_opened.IsSet)
        {
            return true;
        }

        if (Interlocked.Exchange(ref _isRequested, 1) == 0)
        {
            _session.SendControl(ControlKind.HandlesRequest, []);
        }

        // The offer comes by the channel, which the script's thread, waiting here, does not read.
        _session.Resume();
        return _opened.Wait(deadline.Remaining, cancellation);
    }

    private void OnOffer(HandlesOffer offer)
    {
        // Here, since messages with handles come behind it.
        Arrived.Begin(_session.MaxUnread);
        if (Interlocked.Exchange(ref _isOffered, 1) == 0)
        {
            new Thread(() => Run(offer)) { IsBackground = true, Name = "Cluster handles" }.Start();
        }
    }

    private void Run(HandlesOffer offer)
    {
        try
        {
            if (offer.Pipe.Length == 0)
            {
                throw new ClusterException(
                    ClusterErrorId.NotOnThisMachine,
                    ErrorCategory.InvalidOperation,
                    "This worker runs on another machine than its master, whose ports it cannot serve. Listen with -Exclusive, on a port of this machine.");
            }

            using var pipe = new NamedPipeClientStream(".", offer.Pipe, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            pipe.Connect((int)OpenTime.TotalMilliseconds);
            using var channel = new HandleChannel(pipe, _session.Context.MasterProcessId);
            WorkerSession.Greet(pipe, PeerRole.Handles, offer.Token);
            _channel = channel;
            while (channel.Read() is var (record, socket))
            {
                Take(record, socket);
            }
        }
#pragma warning disable CA1031 // On this thread it would end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Without the master this process ends; otherwise those who need the channel are told.
            _failure = exception;
        }
        finally
        {
            _channel = null;
            _failure ??= new IOException("The master has closed it.");
            _opened.Set();
            Arrived.EndHandles();
            OnEnd?.Invoke();
        }
    }

    private void Take(HandleRecord record, Socket? socket)
    {
        switch (record.Kind)
        {
            case HandleRecordKind.Open:
                _opened.Set();
                break;
            case HandleRecordKind.Attachment when socket is not null:
                Arrived.Add(record.Id, socket);
                break;
            case HandleRecordKind.Attachment:
                Arrived.Withdraw(record.Id);
                break;
            default:
                if (OnRecord is { } onRecord)
                {
                    onRecord(record, socket);
                }
                else
                {
                    socket?.Dispose();
                }

                break;
        }
    }
}
