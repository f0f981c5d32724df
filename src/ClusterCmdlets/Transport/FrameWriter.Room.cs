using Cluster.Contracts;

namespace Cluster.Transport;

/// <content>The wait for room.</content>
internal sealed partial class FrameWriter
{
    /// <summary>
    /// A sender waits for room without reading the channel itself: the receiver, which gathers what it has read, is asked for
    /// credit, once until it answers.
    /// </summary>
    /// <param name="size">The size of the body that waits.</param>
    /// <param name="peer">The worker that it is for or comes from, when it goes from sibling to sibling; else 0.</param>
    public void RequestRoom(int size, int peer)
    {
        if (!MayWriteOrAsk(FrameKind.Message, size, peer))
        {
            NoteFull(FrameKind.Message, size, peer);
        }
    }

    private bool HasRoom(FrameKind kind, int size, int peer) =>
        Frame.NeedsCredit(kind) ? _window.HasRoom(size, peer) : _pipe.Pending.Count < HighWater;

    private void NoteFull(FrameKind kind, int size, int peer)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = Frame.NeedsCredit(kind) && !IsRefused(kind) && !_window.HasRoom(size, peer) && _window.BeginFull();
        }

        if (isFirst)
        {
            Full?.Invoke();
        }
    }

    private bool WaitForRoom(FrameKind kind, int size, int peer, Deadline deadline, CancellationToken cancellation)
    {
        if (Frame.NeedsCredit(kind))
        {
            AwaitCredit?.Invoke(() => MayWriteOrAsk(kind, size, peer), deadline, cancellation);
        }

        using var wake = cancellation.Register(() =>
        {
            lock (_gate)
            {
                _pipe.WakeWaiting();
            }
        });
        lock (_gate)
        {
            while (!MayWriteOrAsk(kind, size, peer))
            {
                cancellation.ThrowIfCancellationRequested();
                if (deadline.HasPassed)
                {
                    return false;
                }

                _pipe.Wait(deadline);
            }
        }

        return true;
    }

    /// <summary>The receiver returns credit in batches; a sender that waits asks for it at once, and once until it comes.</summary>
    private bool MayWriteOrAsk(FrameKind kind, int size, int peer)
    {
        lock (_gate)
        {
            if (IsRefused(kind) || HasRoom(kind, size, peer))
            {
                return true;
            }

            if (Frame.NeedsCredit(kind) && _window.BeginAsk())
            {
                _pipe.Pending.AppendControl(FrameKind.CreditRequest, []);
                _pipe.WriteSoon();
            }

            return false;
        }
    }
}
