using System.Collections.Concurrent;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// Passes messages from workers on to one of their siblings, on a thread of its own that waits for the receiver's
/// credit. A sender gets its own credit back when its message has been passed on, which bounds what gathers
/// here. The thread exists from the first such message on.
/// </summary>
internal sealed class SiblingRelay : IDisposable
{
    private readonly WorkerConnection _receiver;
    private readonly Action<WorkerConnection, Frame> _onUndeliverable;
    private readonly BlockingCollection<(WorkerConnection Sender, Frame Frame)> _waiting = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;

    /// <summary>Starts the relay.</summary>
    /// <param name="receiver">The worker that messages are for.</param>
    /// <param name="onUndeliverable">Called for a message that its receiver will never get.</param>
    public SiblingRelay(WorkerConnection receiver, Action<WorkerConnection, Frame> onUndeliverable)
    {
        _receiver = receiver;
        _onUndeliverable = onUndeliverable;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = $"Cluster relay {receiver.Id}" };
        _thread.Start();
    }

    /// <summary>Adds a message. Never waits.</summary>
    /// <param name="sender">The worker it came from.</param>
    /// <param name="frame">The message; its peer is the receiver.</param>
    public void Add(WorkerConnection sender, Frame frame)
    {
        try
        {
            _waiting.Add((sender, frame));
        }
        catch (InvalidOperationException)
        {
            // The receiver has ended in this moment.
            _onUndeliverable(sender, frame);
        }
    }

    /// <summary>Ends the thread; what waits is reported as undeliverable.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _stop.Cancel();
        _thread.Join();
        _waiting.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        // Neither by the queue's enumerable nor with variables of this method: they would keep the last message until the next
        // one comes.
        while (_waiting.TryTake(out var item, Timeout.Infinite))
        {
            PassOn(item);
        }
    }

    private void PassOn(in (WorkerConnection Sender, Frame Frame) item)
    {
        var (sender, frame) = item;
        var result = SendResult.Closed;
        try
        {
            var header = frame.Header with { Peer = sender.Id };
            result = _receiver.Send(frame.Kind, header, frame.Body, Timeout.InfiniteTimeSpan, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Closed, as said above.
        }

        if (result == SendResult.Sent)
        {
            sender.NoteRelayed(frame);
        }
        else
        {
            _onUndeliverable(sender, frame);
        }
    }
}
