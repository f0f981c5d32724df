using System.Collections.Concurrent;
using System.Diagnostics;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// The requests of one end of a channel that wait for their answers, and the messages that wait for their
/// acknowledgement. Thread-safe.
/// </summary>
internal sealed class ReplyTable
{
    private readonly ConcurrentDictionary<long, PendingReply> _waiting = new();
    private long _last;
    private int _count;
    private volatile bool _isClosed;

    /// <summary>Answers and acknowledgements that are waited for.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Makes a place for an answer, before the request is sent.</summary>
    /// <param name="listener">What is told when the answer is there, or none can come any more.</param>
    /// <param name="subject">What the request is about, for the caller; let go when it is answered.</param>
    /// <returns>The place.</returns>
    public PendingReply Open(ReplyListener listener, object? subject = null)
    {
        var reply = new PendingReply(this, Interlocked.Increment(ref _last), listener, subject);
        _waiting[reply.Correlation] = reply;
        Interlocked.Increment(ref _count);
        if (_isClosed)
        {
            Complete(reply.Correlation, ReplyOutcome.None, default);
        }

        return reply;
    }

    /// <summary>How long an answer has been waited for.</summary>
    /// <param name="correlation">The request.</param>
    /// <returns>The time since its place was made, or null when nobody waits.</returns>
    public TimeSpan? AgeOf(long correlation) =>
        _waiting.TryGetValue(correlation, out var waiting) ? Stopwatch.GetElapsedTime(waiting.Start) : null;

    /// <summary>What an unanswered request is about.</summary>
    /// <param name="correlation">The request.</param>
    /// <returns>What its place was made with; null when nobody waits.</returns>
    public object? SubjectOf(long correlation) => _waiting.TryGetValue(correlation, out var waiting) ? waiting.Subject : null;

    /// <summary>Nobody waits any more: a later answer is dropped.</summary>
    /// <param name="correlation">The request.</param>
    /// <returns>False if it was answered before, or is in this moment.</returns>
    public bool Forget(long correlation) => Remove(correlation) is not null;

    /// <summary>An answer has arrived.</summary>
    /// <param name="correlation">The request.</param>
    /// <param name="answer">The answer; null when none can come.</param>
    public void Give(long correlation, Frame? answer) =>
        Complete(correlation, answer is null ? ReplyOutcome.None : ReplyOutcome.Answered, answer.GetValueOrDefault());

    /// <summary>A message was lost with its receiver.</summary>
    /// <param name="lost">The message.</param>
    /// <returns>Whether its sender has taken it back.</returns>
    public bool TakeBack(in Frame lost)
    {
        if (!_waiting.TryGetValue(lost.Header.Correlation, out var waiting) || !waiting.TakesBack)
        {
            return false;
        }

        return Complete(lost.Header.Correlation, ReplyOutcome.Returned, lost);
    }

    /// <summary>The channel has ended: nobody will be answered.</summary>
    public void Close()
    {
        _isClosed = true;
        foreach (var correlation in _waiting.Keys)
        {
            Complete(correlation, ReplyOutcome.None, default);
        }
    }

    private bool Complete(long correlation, ReplyOutcome outcome, in Frame frame)
    {
        var reply = Remove(correlation);
        reply?.Complete(outcome, frame);
        return reply is not null;
    }

    private PendingReply? Remove(long correlation)
    {
        if (!_waiting.TryRemove(correlation, out var waiting))
        {
            return null;
        }

        Interlocked.Decrement(ref _count);
        return waiting;
    }
}
