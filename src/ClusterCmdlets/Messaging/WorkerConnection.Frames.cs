using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <content>What arrives from the worker.</content>
internal sealed partial class WorkerConnection
{
    /// <summary>Something has arrived from the worker.</summary>
    /// <param name="bytes">The bytes of its body.</param>
    internal void CountReceived(int bytes)
    {
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _receivedBytes, bytes);
    }

    private void RegisterFrames()
    {
        foreach (var kind in Enum.GetValues<FrameKind>().Where(kind => Frame.IsData(kind) && kind != FrameKind.Batch))
        {
            Frames.Add(kind, FrameTable.AnySize, OnData);
        }

        Frames.Add(ControlKind.Acknowledge, Acknowledgement.Size, frame => OnAcknowledge(Acknowledgement.Read(frame.Body), frame));
        Frames.Add(ControlKind.Pong, 0, _ => Volatile.Write(ref _pinged, 0));
        Frames.Add(ControlKind.Online, 0, _ => _owner.OnOnline());
        Frames.Add(ControlKind.Ready, 0, _ => _owner.OnReady());
        Frames.Add(ControlKind.Leave, 0, _ => OnLeave());
        Frames.Add(ControlKind.Goodbye, FrameTable.AnySize, frame => _owner.OnGoodbye(Goodbye.Read(frame.Body)));
    }

    private void OnLeave()
    {
        _channel.StopAccepting();
        HasLeft = true;
        _owner.OnLeave();
    }

    private void OnData(Frame frame)
    {
        CountReceived(frame.Body.Length);
        if (frame.Header.Peer != 0 && frame.Kind != FrameKind.Record)
        {
            if (frame.Kind is FrameKind.Reply or FrameKind.Fault)
            {
                _siblings.NoteAnswered(frame.Header.Peer, frame.Header.Correlation);
            }

            _owner.OnSiblingMessage(frame);
        }
        else if (frame.Kind is FrameKind.Reply or FrameKind.Fault)
        {
            if (Replies.AgeOf(frame.Header.Correlation) is { } time)
            {
                _owner.OnAnswered(time);
            }

            Replies.Give(frame.Header.Correlation, frame);
        }
        else
        {
            if (frame.Kind != FrameKind.Record)
            {
                Interlocked.Increment(ref _unread);
            }

            MessageHandles.Expect(this, frame);
            _owner.OnData(frame);
        }
    }

    private void OnAcknowledge(Acknowledgement acknowledgement, Frame frame)
    {
        if (acknowledgement.Peer == 0)
        {
            Replies.Give(acknowledgement.Correlation, frame);
        }
        else
        {
            _siblings.NoteAnswered(acknowledgement.Peer, acknowledgement.Correlation);
            _owner.OnAcknowledged(acknowledgement);
        }
    }

    /// <summary>The event is raised once until half of what was unread has been read.</summary>
    private void OnInboxFull()
    {
        var unread = Volatile.Read(ref _unread);
        if (_unreadWhenFull == 0 && unread > 0)
        {
            _unreadWhenFull = unread;
            _owner.OnQueueFull("The master does not read; the worker waits.");
        }
    }
}
