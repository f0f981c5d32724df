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
    private readonly ConcurrentDictionary<long, PendingAnswer> _waiting = new();
    private long _last;
    private int _count;
    private volatile bool _isClosed;

    /// <summary>Answers and acknowledgements that are waited for.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Makes a place for an answer, before the request is sent.</summary>
    /// <param name="correlation">The number to send with the request.</param>
    /// <returns>Completes with the answer, or with null when none can come any more.</returns>
    public Task<Frame?> Open(out long correlation)
    {
        correlation = Interlocked.Increment(ref _last);
        var answer = new PendingAnswer();
        _waiting[correlation] = answer;
        Interlocked.Increment(ref _count);
        if (_isClosed)
        {
            Give(correlation, null);
        }

        return answer.Task;
    }

    /// <summary>How long somebody has been waiting for an answer.</summary>
    /// <param name="correlation">The request.</param>
    /// <returns>The time since its place was made, or null when nobody waits.</returns>
    public TimeSpan? AgeOf(long correlation) =>
        _waiting.TryGetValue(correlation, out var waiting) ? Stopwatch.GetElapsedTime(waiting.Start) : null;

    /// <summary>Nobody waits any more: a later answer is dropped.</summary>
    /// <param name="correlation">The request.</param>
    public void Forget(long correlation) => Remove(correlation);

    /// <summary>An answer has arrived.</summary>
    /// <param name="correlation">The request.</param>
    /// <param name="answer">The answer; null when none can come.</param>
    public void Give(long correlation, Frame? answer) => Remove(correlation)?.TrySetResult(answer);

    /// <summary>The channel has ended: nobody will be answered.</summary>
    public void Close()
    {
        _isClosed = true;
        foreach (var correlation in _waiting.Keys)
        {
            Give(correlation, null);
        }
    }

    private PendingAnswer? Remove(long correlation)
    {
        if (!_waiting.TryRemove(correlation, out var waiting))
        {
            return null;
        }

        Interlocked.Decrement(ref _count);
        return waiting;
    }

    private sealed class PendingAnswer() : TaskCompletionSource<Frame?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Start { get; } = Stopwatch.GetTimestamp();
    }
}
