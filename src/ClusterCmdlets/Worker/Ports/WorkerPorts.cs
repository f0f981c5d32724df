using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Worker.Ports;

/// <summary>The ports that this worker serves. One for a session. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class WorkerPorts
{
    private static readonly ConditionalWeakTable<WorkerSession, WorkerPorts> Sessions = [];
    private static readonly TimeSpan ReplyTime = TimeSpan.FromSeconds(30);

    private readonly WorkerSession _session;
    private readonly WorkerHandles _handles;
    private readonly ConcurrentDictionary<int, Entry> _listeners = new();
    private readonly ListenIndexes _indexes = new();
    private int _numbers;

    private WorkerPorts(WorkerSession session)
    {
        _session = session;
        _handles = session.Handles;
        _handles.OnRecord = OnRecord;
        _handles.OnEnd = OnHandlesEnd;
        session.Frames.Add(ControlKind.ListenReply, Transport.FrameTable.AnySize, frame => OnReply(ListenReply.Read(frame.Body)));

        // For a session that drains already it is called at once.
        session.DrainToken.Register(StopAll);
    }

    /// <summary>The ports of a worker.</summary>
    /// <param name="session">The worker.</param>
    /// <returns>Always the same for one session.</returns>
    public static WorkerPorts Of(WorkerSession session) => Sessions.GetValue(session, static key => new WorkerPorts(key));

    /// <summary>Listens on a port.</summary>
    /// <param name="request">What; number and index are filled in.</param>
    /// <param name="keepsAlive">Whether the listener keeps the worker alive.</param>
    /// <param name="cancellation">Ends the wait for the master.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="ClusterException">The system refuses it, or the worker drains.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended; nothing listens.</exception>
    public WorkerListener Listen(ListenRequest request, bool keepsAlive, CancellationToken cancellation)
    {
        if (_session.DrainToken.IsCancellationRequested)
        {
            throw new ClusterException(ClusterErrorId.WorkerExited, ErrorCategory.InvalidOperation, "This worker is leaving and opens no ports any more.");
        }

        var socket = request.Exclusive ? OpenOwn(request, cancellation) : null;
        request = request with
        {
            Number = Interlocked.Increment(ref _numbers),
            Index = request.Exclusive ? 0 : _indexes.Next(request),
            Port = socket?.LocalEndPoint is IPEndPoint own ? own.Port : request.Port,
        };
        var listener = new WorkerListener(request, _session.KeepAlive, keepsAlive) { OnEnded = OnEnded };
        var entry = new Entry(listener) { Key = request };
        _listeners[request.Number] = entry;
        try
        {
            if (socket is null)
            {
                _handles.Open(cancellation);
                if (request is { Protocol: not PortProtocol.Udp } && request.Scheduling != ConnectionScheduling.Shared)
                {
                    listener.Attach(entry.HandedOver = new HandedOverSource(listener, _session, _handles));
                }
            }
            else
            {
                AttachOwn(entry, socket);
            }

            Ask(entry, cancellation);
        }
        catch
        {
            Withdraw(entry);
            throw;
        }

        _session.AnnounceReady();
        // The drain may have begun meanwhile, and its word may have come to the master before the request.
        listener.StopAgain();
        if (_session.DrainToken.IsCancellationRequested)
        {
            listener.Stop();
        }

        return listener;
    }

    /// <summary>A port of this worker that is being closed can be had again when it is.</summary>
    private Socket OpenOwn(ListenRequest request, CancellationToken cancellation)
    {
        var closing = _listeners.Values.Where(entry => entry.Key.Exclusive && entry.Key.Port == request.Port && entry.Listener.Draining.IsCancellationRequested);
#pragma warning disable VSTHRD002 // As below.
        Task.WaitAll([.. closing.Select(entry => entry.Listener.Ended)], cancellation);
#pragma warning restore VSTHRD002
        return PortSocket.Open(request);
    }

    /// <summary>Sends the request and waits for the answer, and for the socket if it is shared.</summary>
    private void Ask(Entry entry, CancellationToken cancellation)
    {
        var request = entry.Listener.Request;
        _session.SendControl(ControlKind.Listen, request.Write());
        var reply = Wait(entry.Reply.Task, cancellation);
        if (reply.Error is { } error)
        {
            throw error;
        }

        entry.Listener.Request = request with { Protocol = reply.Bound!.Protocol, Address = reply.Bound.Address, Port = reply.Bound.Port };
        if (!request.Exclusive && entry.HandedOver is null)
        {
            AttachOwn(entry, Wait(entry.Socket.Task, cancellation));
        }
    }

    private static T Wait<T>(Task<T> task, CancellationToken cancellation)
    {
#pragma warning disable VSTHRD002 // The script's thread, which the tasks do not need.
        return Task.WaitAny([task], (int)ReplyTime.TotalMilliseconds, cancellation) == 0
            ? task.GetAwaiter().GetResult()
            : throw new ClusterException(ClusterErrorId.ListenFailed, ErrorCategory.OperationTimeout, "The master did not answer a request to listen.");
#pragma warning restore VSTHRD002
    }

    private void AttachOwn(Entry entry, Socket socket)
    {
        var listener = entry.Listener;
        listener.Socket = socket;

        // All who have it: each waits before it receives.
        socket.Blocking = listener.Request.Protocol != PortProtocol.Udp;
        listener.Attach(listener.Request.Protocol == PortProtocol.Udp
            ? new DatagramSource(listener, socket, () => SendUnlisten(entry))
            : new OwnSource(listener, socket, () => SendUnlisten(entry), () => OnOwnClosed(entry)));
    }

    private void SendUnlisten(Entry entry) => _session.SendControl(ControlKind.Unlisten, BitConverter.GetBytes(entry.Key.Number));

    private static void OnOwnClosed(Entry entry)
    {
        if (entry.Key.Exclusive)
        {
            PortSocket.Remove(entry.Key);
        }
    }

    /// <summary>A request that has failed or was given up: the master forgets it, if it knows it.</summary>
    private void Withdraw(Entry entry)
    {
        entry.Listener.Stop();
        if (entry.HandedOver is null && entry.Listener.Socket is null)
        {
            SendUnlisten(entry);
        }

        entry.HandedOver?.End(hasOthers: true);
        foreach (var connection in entry.Listener.End(drop: true))
        {
            // Of a port of its own: nobody else can serve it.
            connection.Dispose();
        }

        if (!entry.Socket.TrySetCanceled() && entry.Listener.Socket is null && entry.Socket.Task.IsCompletedSuccessfully)
        {
#pragma warning disable VSTHRD002 // It has completed.
            entry.Socket.Task.Result.Dispose();
#pragma warning restore VSTHRD002
        }
    }

    private void OnReply(ListenReply reply)
    {
        if (_listeners.TryGetValue(reply.Number, out var entry))
        {
            entry.Reply.TrySetResult(reply);
        }
    }

    private void OnRecord(HandleRecord record, Socket? socket)
    {
        _listeners.TryGetValue(record.Listener, out var entry);
        switch (record.Kind)
        {
            case HandleRecordKind.Connection when entry?.HandedOver is { } source && socket is not null:
                source.Add(new PortConnection(record.Id, socket));
                break;
            case HandleRecordKind.Connection:
                // The listener was given up, or no descriptors are left in this process.
                socket?.Dispose();
                _handles.Send(new HandleRecord(HandleRecordKind.Refused, record.Listener, record.Id));
                break;
            case HandleRecordKind.Listener when entry is not null && socket is not null && entry.Socket.TrySetResult(socket):
                break;
            case HandleRecordKind.Listener when socket is null:
                entry?.Socket.TrySetException(new ClusterException(
                    ClusterErrorId.ListenFailed, ErrorCategory.ResourceUnavailable, "This process has no descriptors left for the port."));
                break;
            case HandleRecordKind.NoMore:
                entry?.HandedOver?.End(hasOthers: record.Id != 0);
                break;
            default:
                socket?.Dispose();
                break;
        }
    }

    private void OnHandlesEnd()
    {
        foreach (var entry in _listeners.Values)
        {
            // The master has copies of what was not taken, and gives them to others.
            entry.HandedOver?.End(hasOthers: true);
        }
    }

    private void OnEnded(WorkerListener listener)
    {
        if (_listeners.TryRemove(listener.Request.Number, out var entry))
        {
            _indexes.Free(entry.Key);
        }
    }

    private void StopAll()
    {
        foreach (var entry in _listeners.Values)
        {
            entry.Listener.Stop();
        }
    }

    private sealed class Entry(WorkerListener listener)
    {
        public WorkerListener Listener => listener;

        public required ListenRequest Key { get; init; }

        public HandedOverSource? HandedOver { get; set; }

        public TaskCompletionSource<ListenReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<Socket> Socket { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
