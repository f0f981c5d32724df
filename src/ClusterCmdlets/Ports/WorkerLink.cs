using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Ports;

/// <summary>
/// The master's way to one worker for all that is about ports: the frames on its channel, and the handle channel, which is opened when
/// it is first needed. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and who is late may still ask it.")]
internal sealed class WorkerLink : IHandleCarrier
{
    private static readonly TimeSpan WithdrawTime = TimeSpan.FromSeconds(1);
    private readonly PortTable _table;
    private readonly CancellationTokenSource _end = new();
    private readonly object _gate = new();
    private readonly ManualResetEventSlim _opened = new();
    private Task _handles = Task.CompletedTask;
    private bool _isOpening;
    private long _lastNumber;
    private volatile HandleChannel? _channel;

    /// <summary>Prepares the way to a worker that is not connected yet.</summary>
    /// <param name="instance">The worker.</param>
    /// <param name="table">Told what it wants.</param>
    public WorkerLink(WorkerInstance instance, PortTable table)
    {
        Instance = instance;
        _table = table;
        instance.Connection.Handles = this;
        var frames = instance.Connection.Frames;
        frames.Add(ControlKind.HandlesRequest, 0, _ => Open());
        frames.Add(ControlKind.Listen, ListenRequest.MaxSize, frame => table.Listen(this, ListenRequest.Read(frame.Body)));
        frames.Add(ControlKind.Unlisten, sizeof(int), frame => table.Unlisten(this, ReadNumber(frame)));
    }

    /// <summary>The worker.</summary>
    public WorkerInstance Instance { get; }

    /// <summary>Its slot.</summary>
    public int Slot => Instance.SlotNumber;

    /// <inheritdoc/>
    public AttachmentTable Arrived { get; } = new();

    /// <summary>What it serves. Guarded by the table's lock.</summary>
    public Dictionary<int, PortServer> Servers { get; } = [];

    /// <summary>Whether it has exited. Guarded by the table's lock.</summary>
    public bool HasExited { get; set; }

    /// <summary>Whether all that has come from it was dealt with. Guarded by the table's lock.</summary>
    public bool HasSettled { get; set; }

    /// <summary>Whether the handle channel was ever asked for.</summary>
    public bool HasHandles
    {
        get
        {
            lock (_gate)
            {
                return _isOpening;
            }
        }
    }

    /// <summary>Completes when nothing more is dealt with.</summary>
    public Task Closed
    {
        get
        {
            lock (_gate)
            {
                return _handles;
            }
        }
    }

    /// <summary>Whether a worker that takes its place is there or will come.</summary>
    public bool HasHeir => !Instance.Slot.Supervisor.IsStopping && Instance.Slot.Holder is { } holder && holder != Instance;

    /// <summary>Sends a frame on the worker's channel.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payload">Its payload.</param>
    public void SendControl(FrameKind kind, byte[] payload) => Instance.Connection.SendControl(kind, payload);

    /// <summary>Sends a record on the handle channel.</summary>
    /// <param name="record">The record.</param>
    /// <param name="socket">A socket of which the worker gets a copy, or null.</param>
    /// <returns>Whether it was sent, or may be tried again. It never waits: the process may be suspended.</returns>
    public SendResult Send(HandleRecord record, Socket? socket = null)
    {
        try
        {
            return _channel is not { } channel ? SendResult.Closed : channel.Send(record, socket, wait: false) ? SendResult.Sent : SendResult.Full;
        }
        catch (IOException)
        {
            return SendResult.Closed;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Waits for a worker that is still being started.</remarks>
    public SendResult Send(Socket handle, Deadline deadline, CancellationToken cancellation, out long number)
    {
        number = Interlocked.Increment(ref _lastNumber);
        if (!Instance.Slot.Place.IsHere)
        {
            throw NotHere();
        }

        Open();
        if (!_opened.Wait(deadline.Remaining, cancellation))
        {
            return SendResult.Full;
        }

        return _channel?.SendAttachment(number, handle, deadline, cancellation) ?? SendResult.Closed;
    }

    /// <inheritdoc/>
    public void Withdraw(long number) => _channel?.SendAttachment(number, null, Deadline.After(WithdrawTime), CancellationToken.None);

    /// <summary>Lets the worker open the handle channel, once.</summary>
    public void Open()
    {
        if (!Instance.Slot.Place.IsHere)
        {
            // Without a pipe: no socket can be handed to another machine.
            SendControl(ControlKind.HandlesOffer, new HandlesOffer(string.Empty, []).Write());
            return;
        }

        lock (_gate)
        {
            if (!_isOpening && !_end.IsCancellationRequested)
            {
                // Before the worker learns of it: its messages may name handles from then on.
                Arrived.Begin(Instance.Connection.Limits.QueueMessages);
                _isOpening = true;
                _handles = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Ends the handle channel: what has come on it is still dealt with. All messages of the worker have been taken.</summary>
    public void Close()
    {
        Arrived.EndMessages();
        lock (_gate)
        {
            _end.Cancel();
            _channel?.Close();
            _opened.Set();
        }
    }

    private ClusterException NotHere() => new(
        ClusterErrorId.NotOnThisMachine,
        ErrorCategory.InvalidOperation,
        $"Worker {Instance.Id} runs on {Instance.Slot.Place.ComputerName}. A socket can be sent to a worker of the master's own machine only.",
        Instance);

    private static int ReadNumber(in Frame frame) =>
        frame.Body.Length == sizeof(int) ? BitConverter.ToInt32(frame.Body) : throw new ProtocolException("The number of a listener is malformed.");

    private async Task RunAsync()
    {
        try
        {
            await Instance.Connection.Connected.WaitAsync(_end.Token).ConfigureAwait(false);
            var token = Hello.NewToken();
            using var pipe = new WorkerPipe(_table.OnRefused);
            SendControl(ControlKind.HandlesOffer, new HandlesOffer(pipe.Name, token).Write());
            var processId = Instance.Status.ProcessId;
            var (stream, _, _) = await pipe.AcceptAsync(token, processId, PeerRole.Handles, _end.Token).ConfigureAwait(false);
            using var channel = new HandleChannel(stream, processId);
            _channel = channel;
            channel.Send(new HandleRecord(HandleRecordKind.Open, 0, 0));
            _opened.Set();
            await Task.Factory.StartNew(() => Read(channel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The worker has ended before it came.
        }
#pragma warning disable CA1031 // It would come back as a failed clean-up of the master, and the worker would not be settled.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _table.OnRefused($"The channel for connections of worker {Instance.Id} has failed: {exception.Message}");
        }
        finally
        {
            _channel = null;
            _opened.Set();
            Arrived.EndHandles();
            _table.OnHandlesEnded(this);
        }
    }

    private void Read(HandleChannel channel)
    {
        try
        {
            while (channel.Read() is var (record, socket))
            {
                if (record.Kind != HandleRecordKind.Attachment)
                {
                    _table.OnRecord(this, record, socket);
                }
                else if (socket is not null)
                {
                    Arrived.Add(record.Id, socket);
                }
                else
                {
                    Arrived.Withdraw(record.Id);
                }
            }
        }
        catch (IOException exception) when (exception is not ProtocolException)
        {
            // The worker was killed.
        }
    }
}
