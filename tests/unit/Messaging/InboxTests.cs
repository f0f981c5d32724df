using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>Order, filters, ends and bounds of an inbox.</summary>
public sealed class InboxTests
{
    [Fact]
    public void Items_come_in_order_and_filters_leave_the_others()
    {
        var inbox = Filled("a1", "b1", "a2", "b2");
        Assert.Equal("b1", TryTake(inbox, item => item[0] == 'b'));
        Assert.Equal("a1", TryTake(inbox, null));
        Assert.Equal("b2", TryTake(inbox, item => item[0] == 'b'));
        Assert.Equal("a2", TryTake(inbox, null));
        Assert.Null(TryTake(inbox, null));
    }

    [Fact]
    public void What_was_put_back_comes_first()
    {
        var inbox = Filled("a", "b");
        inbox.PutBack([TryTake(inbox, null)!, TryTake(inbox, null)!]);
        Assert.Equal("a", TryTake(inbox, null));
    }

    [Fact]
    public void A_waiting_reader_gets_an_item_that_comes_later()
    {
        var inbox = new Inbox<string>();
        string? taken = null;
        var reader = new Thread(() => taken = inbox.Take(item => item == "b", () => false, Deadline.After(TimeSpan.FromSeconds(30)), default));
        reader.Start();
        inbox.Add("a", isRecord: false);
        inbox.Add("b", isRecord: false);
        Assert.True(reader.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal("b", taken);
        Assert.Equal(1, inbox.Count);
    }

    [Fact]
    public void A_completed_inbox_gives_what_it_has_and_then_nothing()
    {
        var inbox = Filled("a");
        inbox.Complete();
        Assert.Equal("a", inbox.Take(null, () => false, Deadline.Never, default));
        Assert.Null(inbox.Take(null, () => false, Deadline.Never, default));
    }

    [Fact]
    public void Waits_end_by_deadline_and_by_cancellation()
    {
        var inbox = new Inbox<string>();
        Assert.Null(inbox.Take(null, () => false, Deadline.After(TimeSpan.FromMilliseconds(1)), default));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => inbox.Take(null, () => false, Deadline.Never, cancellation.Token));
    }

    [Fact]
    public void Of_too_many_records_the_oldest_are_dropped_and_counted_and_messages_stay()
    {
        var inbox = Filled("message");
        for (var i = 0; i < SelectiveQueue<string>.MaxRecords + 5; i++)
        {
            inbox.Add($"record {i}", isRecord: true);
        }

        Assert.Equal(5, inbox.DroppedRecords);
        Assert.Equal("message", TryTake(inbox, null));
        Assert.Equal("record 5", TryTake(inbox, null));
    }

    private static string? TryTake(Inbox<string> inbox, Func<string, bool>? match) => inbox.Take(match, () => true, Deadline.Never, default);

    private static Inbox<string> Filled(params string[] items)
    {
        var inbox = new Inbox<string>();
        foreach (var item in items)
        {
            inbox.Add(item, isRecord: false);
        }

        return inbox;
    }
}
