using System.Diagnostics;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>
/// The place of an answer or an acknowledgement that somebody waits for. It is completed once, on the thread that reads the
/// channel.
/// </summary>
/// <param name="table">The table that it stands in.</param>
/// <param name="correlation">The number that was sent with the request.</param>
/// <param name="listener">What is told when it is complete.</param>
/// <param name="subject">What the request is about.</param>
internal sealed class PendingReply(ReplyTable table, long correlation, ReplyListener listener, object? subject)
{
    private object? _subject = subject;
    private Frame _frame;
    private volatile ReplyOutcome _outcome;

    /// <summary>The number to send with the request.</summary>
    public long Correlation => correlation;

    /// <summary>When the place was made, as a time stamp.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    /// <summary>What has become of it.</summary>
    public ReplyOutcome Outcome => _outcome;

    /// <summary>Whether there is an answer, or none can come any more.</summary>
    public bool IsCompleted => _outcome != ReplyOutcome.Waiting;

    /// <summary>The answer, or the message that has come back.</summary>
    public Frame Frame => _frame;

    /// <summary>Whether a message that its receiver has not read is to come back.</summary>
    public bool TakesBack => listener.TakesBack;

    /// <summary>What the request is about; null when it was answered.</summary>
    public object? Subject => _subject;

    /// <summary>Nobody waits any more: a later answer is dropped. One that has come in this moment stays.</summary>
    public void Forget()
    {
        if (table.Forget(correlation))
        {
            _outcome = ReplyOutcome.Forgotten;
        }
        else
        {
            // It was taken out of the table to be completed.
            SpinWait.SpinUntil(() => IsCompleted);
        }
    }

    /// <summary>Called by the table, once.</summary>
    /// <param name="outcome">What has become of it.</param>
    /// <param name="frame">The answer, or the message that has come back.</param>
    public void Complete(ReplyOutcome outcome, in Frame frame)
    {
        _frame = frame;
        if (outcome == ReplyOutcome.Answered)
        {
            _subject = null;
        }

        _outcome = outcome;
        listener.OnCompleted(this);
    }
}
