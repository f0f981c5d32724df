using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Messaging;

/// <summary>A handle and its message find each other whichever comes first, and no handle stays open that nobody will read.</summary>
public sealed class AttachmentTableTests : IDisposable
{
    private static readonly Deadline Late = Deadline.After(TimeSpan.FromSeconds(30));
    private readonly AttachmentTable _table = new();
    private readonly List<Socket> _sockets = [];

    public AttachmentTableTests() => _table.Begin(10);

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Fact]
    public void The_reader_gets_a_handle_that_came_first()
    {
        var socket = Add(1);
        _table.Expect(1);
        Assert.Same(socket, _table.Take(1, Late, default));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public async Task The_reader_waits_for_a_handle_that_comes_later()
    {
        _table.Expect(1);
        var reader = Task.Run(() => _table.Take(1, Late, default));
        var socket = Add(1);
        Assert.Same(socket, await reader);
    }

    [Fact]
    public void A_reader_that_was_stopped_may_come_again()
    {
        _table.Expect(1);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _table.Take(1, Late, stop.Token));
        var socket = Add(1);
        Assert.Same(socket, _table.Take(1, Late, default));
    }

    [Fact]
    public void A_handle_that_comes_too_late_is_closed()
    {
        _table.Expect(1);
        Assert.Null(_table.Take(1, Deadline.After(TimeSpan.Zero), default));
        Assert.True(IsClosed(Add(1)));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public async Task A_reader_does_not_wait_for_what_cannot_come()
    {
        _table.Expect(1);
        var reader = Task.Run(() => _table.Take(1, Deadline.Never, default));
        _table.EndHandles();
        Assert.Null(await reader);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void The_end_of_the_handles_keeps_those_that_have_come()
    {
        var socket = Add(1);
        _table.Expect(1);
        _table.EndHandles();
        _table.EndMessages();
        Assert.Same(socket, _table.Take(1, Late, default));
    }

    [Fact]
    public void What_has_no_message_is_closed_when_no_more_come_also_when_it_comes_later()
    {
        var early = Add(1);
        _table.EndMessages();
        Assert.True(IsClosed(early));
        Assert.True(IsClosed(Add(2)));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void A_withdrawn_handle_is_closed_and_one_with_a_message_is_not()
    {
        var (withdrawn, expected) = (Add(1), Add(2));
        _table.Expect(2);
        _table.Withdraw(1);
        _table.Withdraw(2);
        Assert.True(IsClosed(withdrawn));
        Assert.False(IsClosed(expected));
    }

    [Fact]
    public void What_the_other_side_may_not_do_is_refused()
    {
        Assert.Throws<ProtocolException>(() => new AttachmentTable().Expect(1));
        Add(1);
        Assert.Throws<ProtocolException>(() => Add(1));
        Assert.True(IsClosed(_sockets[^1]));
        _table.Expect(1);
        Assert.Throws<ProtocolException>(() => _table.Expect(1));
    }

    [Fact]
    public void The_number_of_handles_is_bounded()
    {
        for (var number = 1; number <= 1010; number++)
        {
            _table.Expect(number);
        }

        Assert.Throws<ProtocolException>(() => Add(2000));
        Assert.True(IsClosed(_sockets[^1]));
    }

    [Property(MaxTest = 300)]
    public bool Nothing_is_left_open_whatever_the_order(int seed)
    {
        // Of each handle one story: its events in any order that the two ways allow, those of several handles mixed.
        var random = new Random(seed);
        var table = new AttachmentTable();
        table.Begin(100);
        var sockets = Enumerable.Range(1, 5).Select(_ => NewSocket()).ToArray();
        var taken = new List<Socket>();
        var steps = new List<Action>();
        for (var index = 0; index < sockets.Length; index++)
        {
            var (number, socket) = (index + 1L, sockets[index]);
            Action arrive = () => table.Add(number, socket);
            Action[] story = random.Next(4) switch
            {
                0 => [arrive, () => table.Withdraw(number)],
                1 => [arrive],
                2 => Shuffled(random, arrive, () => { table.Expect(number); table.Discard(number); }),
                _ => Shuffled(random, arrive, () =>
                {
                    table.Expect(number);
                    if (table.Take(number, Deadline.After(TimeSpan.Zero), default) is { } got)
                    {
                        taken.Add(got);
                    }
                }),
            };
            steps.InsertRange(random.Next(steps.Count + 1), story);
        }

        steps.ForEach(step => step());
        Action[] ends = Shuffled(random, table.EndHandles, table.EndMessages);
        ends[0]();
        ends[1]();
        var areClosed = sockets.Where(socket => !taken.Contains(socket)).All(IsClosed) && !taken.Any(IsClosed);
        taken.ForEach(socket => socket.Dispose());
        return areClosed && table.Count == 0;
    }

    private static Action[] Shuffled(Random random, params Action[] steps)
    {
        random.Shuffle(steps);
        return steps;
    }

    private static bool IsClosed(Socket socket) => socket.SafeHandle.IsClosed;

    private Socket Add(long number)
    {
        var socket = NewSocket();
        _table.Add(number, socket);
        return socket;
    }

    private Socket NewSocket()
    {
        var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        _sockets.Add(socket);
        return socket;
    }
}
