using System.Net.Sockets;
using Cluster.Contracts;

namespace Cluster.Messaging;

/// <summary>The messages of one command whose acknowledgement is waited for. For one thread; acknowledgements come on others.</summary>
internal sealed class Receipts : IDisposable
{
    /// <summary>So many more than the last time are looked through again, which costs the same for each in the end.</summary>
    private const int Step = 1000;

    private readonly List<Receipt> _open = [];
    private readonly ChangeSignal _changed = new();
    private readonly Action<Receipt> _onFailed;
    private int _nextLook = Step;

    /// <summary>Creates an empty list.</summary>
    /// <param name="onFailed">Called, on the caller's thread, for each that was not acknowledged: not in time, not any more, or
    /// because the message has come back.</param>
    public Receipts(Action<Receipt> onFailed)
    {
        _onFailed = onFailed;
        Listener = new ReplyListener(OnCompleted);
        ReturningListener = new ReplyListener(OnCompleted, TakesBack: true);
    }

    /// <summary>What messages are opened with.</summary>
    public ReplyListener Listener { get; }

    /// <summary>What messages are opened with that go to another receiver when the first ends without reading them.</summary>
    public ReplyListener ReturningListener { get; }

    /// <summary>Adds a message that was sent, or waits for it.</summary>
    /// <param name="receiver">Its receiver.</param>
    /// <param name="reply">The place of the acknowledgement.</param>
    /// <param name="deadline">Until when it is waited for.</param>
    /// <param name="handle">The sender's copy of its handle, or null.</param>
    public void Add(Receiver receiver, PendingReply reply, Deadline deadline, Socket? handle = null)
    {
        _open.Add(new Receipt(receiver, reply, deadline, handle));
        if (_open.Count >= _nextLook)
        {
            // What is late is reported at the end: it may still wait to be sent.
            RemoveFinished(isLateReported: false);
            _nextLook = (2 * _open.Count) + Step;
        }
    }

    /// <summary>Waits until all are acknowledged, or will not be.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public void Complete(CancellationToken cancellation)
    {
        while (true)
        {
            var seen = _changed.Version;
            var next = RemoveFinished(isLateReported: true);
            if (_open.Count == 0)
            {
                return;
            }

            IPeer[] waitedFor = [.. _open.Select(receipt => receipt.Receiver.Peer).Distinct()];
            _changed.Wait(seen, waitedFor, next, cancellation);
        }
    }

    /// <summary>Nobody waits for the acknowledgements any more.</summary>
    public void Dispose()
    {
        foreach (var receipt in _open)
        {
            receipt.Reply.Forget();
        }

        _open.Clear();
    }

    /// <summary>Takes off what is finished. What is reported may add others.</summary>
    /// <param name="isLateReported">Whether what is late is finished.</param>
    /// <returns>The next deadline.</returns>
    private Deadline RemoveFinished(bool isLateReported)
    {
        var next = Deadline.Never;
        var failed = new List<Receipt>();
        _open.RemoveAll(receipt =>
        {
            if (isLateReported && receipt.Deadline.HasPassed && !receipt.Reply.IsCompleted)
            {
                receipt.Reply.Forget();
                if (receipt.Reply.Outcome == ReplyOutcome.Forgotten)
                {
                    failed.Add(receipt);
                    return true;
                }

                // It has come in this moment.
            }

            var outcome = receipt.Reply.Outcome;
            if (outcome == ReplyOutcome.Waiting)
            {
                next = Deadline.Earlier(next, receipt.Deadline);
                return false;
            }

            if (outcome is ReplyOutcome.None or ReplyOutcome.Returned)
            {
                failed.Add(receipt);
            }

            return true;
        });
        foreach (var receipt in failed)
        {
            _onFailed(receipt);
        }

        return failed.Count > 0 ? RemoveFinished(isLateReported) : next;
    }

    private void OnCompleted(PendingReply reply) => _changed.Pulse();

    /// <summary>A message whose acknowledgement is waited for.</summary>
    /// <param name="Receiver">Its receiver.</param>
    /// <param name="Reply">The place of the acknowledgement.</param>
    /// <param name="Deadline">Until when it is waited for.</param>
    /// <param name="Handle">The sender's copy of its handle, or null.</param>
    public sealed record Receipt(Receiver Receiver, PendingReply Reply, Deadline Deadline, Socket? Handle);
}
