using System.Collections.Concurrent;
using Cluster.Messaging;
using Cluster.Transport;
using Cluster.UnitTests.Logging;

namespace Cluster.UnitTests.Messaging;

/// <summary>A handler as the reader of an inbox: what it gets, in which order, and what is left for the others.</summary>
public sealed class MessagePumpTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Inbox<InboxItem> _inbox = new();
    private readonly BlockingCollection<long> _got = [];
    private readonly MessagePump _pump;
    private int _last;

    public MessagePumpTests()
    {
        _pump = new MessagePump(_inbox);
    }

    public void Dispose()
    {
        _inbox.Complete();
        _got.Dispose();
    }

    [Fact]
    public void What_arrived_before_the_handler_goes_to_it_first_and_records_stay()
    {
        Add(3);
        AddRecord();
        Add(2);
        _pump.SetHandler(Note);
        Add(1000);
        AddRecord();
        Assert.Equal(Enumerable.Range(1, 1005).Select(number => (long)number), Got(1005));
        Assert.True(TryTake()!.IsRecord);
        Assert.True(TryTake()!.IsRecord);
        Assert.Equal(0, _inbox.Count);
    }

    [Fact]
    public void Other_readers_get_no_message_while_there_is_a_handler_and_all_that_are_left_after_it()
    {
        using var isIn = new ManualResetEventSlim();
        using var mayReturn = new ManualResetEventSlim();
        Add(4);
        _pump.SetHandler(item =>
        {
            isIn.Set();
            mayReturn.Wait(Patience);
            Note(item);
        });
        Assert.True(isIn.Wait(Patience));
        Assert.Null(TryTake());
        Assert.Equal(3, _inbox.Count);
        _pump.SetHandler(null);
        Assert.Equal([2L, 3, 4], Enumerable.Range(0, 3).Select(_ => TryTake()!.Frame.Header.Sequence));
        mayReturn.Set();
        Assert.Equal([1L], Got(1));
    }

    [Fact]
    public void What_another_reader_gives_back_is_the_handlers_next()
    {
        Add(3);
        var taken = new Queue<InboxItem>();
        _inbox.TakeMany(null, taken, 2);
        using var isIn = new ManualResetEventSlim();
        using var mayReturn = new ManualResetEventSlim();
        _pump.SetHandler(item =>
        {
            Note(item);
            isIn.Set();
            mayReturn.Wait(Patience);
        });
        Assert.True(isIn.Wait(Patience));
        Add(1);
        _inbox.PutBack(taken);
        mayReturn.Set();
        Assert.Equal([3L, 1, 2, 4], Got(4));
    }

    [Fact]
    public void A_handler_may_come_and_go_and_come_again()
    {
        for (var round = 0; round < 200; round++)
        {
            _pump.SetHandler(Note);
            Add(2);
            _pump.SetHandler(null);
            Add(1);
        }

        // The last one gets what no other was there for.
        _pump.SetHandler(Note);
        Assert.Equal(Enumerable.Range(1, 600).Select(number => (long)number), Got(600));
    }

    [Fact]
    public void At_the_end_the_handler_gets_what_is_left()
    {
        Add(3);
        _inbox.Complete();
        _pump.SetHandler(Note);
        Assert.Equal([1L, 2, 3], Got(3));
    }

    private InboxItem? TryTake() => _inbox.Take(null, () => true, Deadline.Never, default);

    private void Note(InboxItem item) => _got.Add(item.Frame.Header.Sequence);

    private long[] Got(int count) => [.. Enumerable.Range(0, count).Select(_ => _got.TryTake(out var number, Patience) ? number : -1)];

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _inbox.Add(new InboxItem(new FakeSource(0), new Frame(FrameKind.Message, new DataHeader(++_last, default, IsRaw: true), [])), isRecord: false);
        }
    }

    private void AddRecord() => _inbox.Add(new InboxItem(new FakeSource(0), new Frame(FrameKind.Record, default, [])), isRecord: true);
}
