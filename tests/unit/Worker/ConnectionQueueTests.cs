using System.Net.Sockets;
using Cluster.Worker.Ports;

namespace Cluster.UnitTests.Worker;

public sealed class ConnectionQueueTests
{
    private readonly ConnectionQueue _queue = new();

    [Fact]
    public void What_comes_is_taken_in_order_and_then_the_end_by_all()
    {
        var first = New(1);
        var second = New(2);
        Assert.True(_queue.TryAdd(first));
        Assert.True(_queue.TryAdd(second));
        Assert.Empty(_queue.Complete(drop: false));
        Assert.False(_queue.TryAdd(New(3)));
        Assert.Same(first, _queue.Take(default));
        Assert.False(_queue.HasEnded);
        Assert.False(_queue.Emptied.IsCompleted);
        Assert.True(_queue.TryTake(out var taken));
        Assert.Same(second, taken);
        Assert.True(_queue.HasEnded);
        Assert.True(_queue.Emptied.IsCompleted);
        Assert.Null(_queue.Take(default));
        Assert.Null(_queue.Take(default));
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void What_is_dropped_at_the_end_is_given_back_once()
    {
        var first = New(1);
        _queue.TryAdd(first);
        Assert.Equal([first], _queue.Complete(drop: true));
        Assert.Empty(_queue.Complete(drop: true));
        Assert.Null(_queue.Take(default));
    }

    [Fact]
    public async Task All_who_wait_learn_of_the_end()
    {
        var waiting = Enumerable.Range(0, 5).Select(_ => Task.Run(async () => await _queue.TakeAsync(default))).ToArray();
        _queue.Complete(drop: false);
        Assert.All(await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30)), Assert.Null);
    }

    [Fact]
    public void A_wait_can_be_ended()
    {
        using var end = new CancellationTokenSource();
        end.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _queue.Take(end.Token));
        _queue.TryAdd(New(1));
        Assert.True(_queue.TryTake(out _));
    }

    private static PortConnection New(long id) => new(id, new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
}
