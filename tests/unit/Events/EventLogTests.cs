using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Transport;
using Cluster.UnitTests.Logging;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Events;

/// <summary>Readers beside each other, each with a cursor of its own; what is kept, and what readers are told of the rest.</summary>
public sealed class EventLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly EventLog _log = new();
    private readonly Dictionary<int, byte[]> _bodies = [];

    [Fact]
    public void Two_readers_take_nothing_from_each_other()
    {
        Add("1", "2");
        var early = _log.Open();
        Assert.Equal(["1"], Read(early, 1));
        Add("3");
        Assert.Equal(["1", "2", "3"], Read(_log.Open()));
        Assert.Equal(["2", "3"], Read(early));
    }

    [Fact]
    public void A_session_goes_on_where_it_has_ended_and_another_one_has_its_own_place()
    {
        object session = new(), other = new();
        Add("1", "2");
        Assert.Equal(["1", "2"], Read(_log.CursorOf(session)));
        Add("3");
        Assert.Equal(["3"], Read(_log.CursorOf(session)));
        Assert.Equal(["1", "2", "3"], Read(_log.CursorOf(other)));
    }

    [Property(MaxTest = 200)]
    public bool A_cursor_with_names_and_put_backs_reads_as_from_a_list(int seed)
    {
        var random = new Random(seed);
        var log = new EventLog();
        var cursor = log.Open();
        var unread = new List<(ClusterEventName Name, string Reason)>();
        for (var step = 0; step < 300; step++)
        {
            var name = (ClusterEventName)random.Next(4);
            switch (random.Next(4))
            {
                case 0 or 1:
                    log.Add(new EventEntry(name, null, $"{step}"));
                    unread.Add((name, $"{step}"));
                    break;
                case 2:
                    var index = unread.FindIndex(one => one.Name == name);
                    var read = log.TryRead(cursor, one => one == name);
                    if (read?.Reason != (index < 0 ? null : unread[index].Reason))
                    {
                        return false;
                    }

                    if (read is not null && random.Next(3) == 0)
                    {
                        log.PutBack(cursor, read);
                    }
                    else if (read is not null)
                    {
                        unread.RemoveAt(index);
                    }

                    break;
                default:
                    var first = log.TryRead(cursor, null);
                    if (first?.Reason != (unread.Count == 0 ? null : unread[0].Reason))
                    {
                        return false;
                    }

                    if (first is not null)
                    {
                        unread.RemoveAt(0);
                    }

                    break;
            }
        }

        return true;
    }

    [Fact]
    public void A_reader_that_falls_behind_is_told_once_how_many_it_has_missed()
    {
        var behind = _log.Open();
        var current = _log.Open();
        for (var i = 0; i < EventLog.MaxEntries + 5; i++)
        {
            _log.Add(new EventEntry(i < 2 ? ClusterEventName.Exit : ClusterEventName.Setup, null, $"{i}"));
            Assert.Equal($"{i}", _log.TryRead(current, null)?.Reason);
        }

        Assert.Equal(0, _log.TakeMissed(current, null));
        Assert.Equal(2, _log.TakeMissed(behind, name => name == ClusterEventName.Exit));
        Assert.Equal(3, _log.TakeMissed(behind, null));
        Assert.Equal(0, _log.TakeMissed(behind, null));
        Assert.Equal("5", _log.TryRead(behind, null)?.Reason);

        // One that comes late has missed the same.
        Assert.Equal(5, _log.TakeMissed(_log.Open(), null));
    }

    [Fact]
    public void What_was_read_before_it_was_dropped_is_not_missed()
    {
        var cursor = _log.Open();
        _log.Add(new EventEntry(ClusterEventName.Setup, null, "unread"));
        _log.Add(new EventEntry(ClusterEventName.Exit, null, "read"));
        var read = _log.TryRead(cursor, name => name == ClusterEventName.Exit)!;
        for (var i = 0; i < EventLog.MaxEntries; i++)
        {
            _log.Add(new EventEntry(ClusterEventName.Setup, null, $"{i}"));
        }

        Assert.Equal(1, _log.TakeMissed(cursor, null));
        _log.PutBack(cursor, read);
        Assert.Equal(1, _log.TakeMissed(cursor, null));
        Assert.Equal("0", _log.TryRead(cursor, null)?.Reason);
    }

    [Fact]
    public void A_waiting_reader_gets_what_happens_and_returns_when_the_log_is_completed()
    {
        var cursor = _log.Open();
        var got = new List<string?>();
        var reader = new Thread(() =>
        {
            got.Add(_log.Read(cursor, name => name == ClusterEventName.Exit, Deadline.After(Patience), default)?.Reason);
            got.Add(_log.Read(cursor, null, Deadline.After(Patience), default)?.Reason);
            got.Add(_log.Read(cursor, null, Deadline.Never, default)?.Reason);
        });
        reader.Start();
        Add("first");
        _log.Add(new EventEntry(ClusterEventName.Exit, null, "exit"));
        _log.Complete();
        Assert.True(reader.Join(Patience));
        Assert.Equal(["exit", "first", null], got);
    }

    [Fact]
    public async Task Waits_end_by_deadline_and_by_cancellation()
    {
        var cursor = _log.Open();
        Assert.Null(_log.Read(cursor, null, Deadline.After(TimeSpan.FromMilliseconds(1)), default));
        using var cancellation = new CancellationTokenSource();
        var reader = Task.Run(() => _log.Read(cursor, null, Deadline.Never, cancellation.Token));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader);
        Add("1");
        Assert.Equal(["1"], Read(cursor));
    }

    [Fact]
    public void Of_the_bodies_of_lost_messages_the_latest_are_kept_up_to_the_budget()
    {
        for (var i = 0; i < 4; i++)
        {
            AddLost(15, 1024 * 1024);
        }

        Assert.Equal(EventLog.MaxBodyBytes, _log.BodyBytes);
        var cursor = _log.Open();
        var dropped = Enumerable.Range(0, 4).Select(_ => _log.TryRead(cursor, null)!.Lost!.DroppedBodies);
        Assert.Equal([15, 13, 0, 0], dropped);
    }

    [Fact]
    public void Bodies_are_let_go_when_all_readers_have_read_them()
    {
        object first = new(), second = new();
        AddLost(2, 1000);
        _log.CursorOf(second);
        var read = _log.TryRead(_log.CursorOf(first), null)!;
        Assert.Equal(2000, _log.BodyBytes);
        Assert.Equal(0, _log.TryRead(_log.CursorOf(second), null)!.Lost!.DroppedBodies);
        Assert.Equal(0, _log.BodyBytes);

        // A stop came between: it is as it was.
        _log.PutBack(_log.CursorOf(first), read);
        Assert.Equal(2000, _log.BodyBytes);
        Assert.Equal(0, _log.TryRead(_log.CursorOf(first), null)!.Lost!.DroppedBodies);
        Assert.Equal(2, _log.TryRead(_log.Open(), null)!.Lost!.DroppedBodies);
        GC.KeepAlive(first);
        GC.KeepAlive(second);
    }

    [Fact]
    public void A_reader_that_is_gone_keeps_nothing()
    {
        object session = new();
        var cursor = _log.CursorOf(session);
        OpenAndForget();
        GC.Collect();
        AddLost(1, 1000);
        _log.TryRead(cursor, null);
        Assert.Equal(0, _log.BodyBytes);
        GC.KeepAlive(session);
    }

    [Fact]
    public void A_hundred_thousand_events_hold_no_more_than_the_last_ones()
    {
        var reader = _log.Open();
        var old = new List<WeakReference>();
        for (var i = 0; i < 100_000; i++)
        {
            if (i % 10 == 0)
            {
                old.Add(AddLost(2, 32 * 1024));
            }
            else
            {
                Add($"{i}");
            }
        }

        // Half of the bodies in the last ten thousand events are within the budget.
        GC.Collect();
        Assert.InRange(_log.BodyBytes, EventLog.MaxBodyBytes - (64 * 1024), EventLog.MaxBodyBytes);
        Assert.InRange(old.Count(reference => reference.IsAlive), 1, 513);
        Assert.DoesNotContain(old.SkipLast(1000), reference => reference.IsAlive);
        Assert.Equal(100_000 - EventLog.MaxEntries, _log.TakeMissed(reader, null));
        Assert.Equal(EventLog.MaxEntries, Read(reader).Length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AddLost(int messages, int bytes)
    {
        // The bodies are counted, not held: one for all of a size.
        var body = _bodies.TryGetValue(bytes, out var known) ? known : _bodies[bytes] = new byte[bytes];
        var frames = Enumerable.Repeat(new Frame(FrameKind.Message, default, body), messages).ToArray();
        _log.Add(new EventEntry(ClusterEventName.MessagesLost, null, "lost") { Lost = new LostMessages(new FakeSource(0), frames, FromWorker: false) });
        return new WeakReference(frames);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OpenAndForget() => _log.Open();

    private void Add(params string[] reasons)
    {
        foreach (var reason in reasons)
        {
            _log.Add(new EventEntry(ClusterEventName.Setup, null, reason));
        }
    }

    private string[] Read(EventCursor cursor, int count = int.MaxValue)
    {
        var read = new List<string>();
        while (read.Count < count && _log.TryRead(cursor, null) is { } happened)
        {
            read.Add(happened.Reason);
        }

        return [.. read];
    }
}
