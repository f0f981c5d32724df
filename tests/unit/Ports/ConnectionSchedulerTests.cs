using System.Net;
using Cluster.Contracts;
using Cluster.Ports;

namespace Cluster.UnitTests.Ports;

public sealed class ConnectionSchedulerTests
{
    private readonly ConnectionScheduler _scheduler = new();

    [Fact]
    public void Turns_go_round_and_pass_over_those_without_room()
    {
        Target[] targets = [new(0), new(1) { HasRoom = false }, new(2), new(3) { IsOpen = false }];
        Assert.Equal([2, 0, 2, 0], Choose(ConnectionScheduling.RoundRobin, targets, 4));
    }

    [Fact]
    public void A_turn_is_not_lost_when_workers_come_and_go()
    {
        Target[] targets = [new(0), new(1), new(2)];
        Assert.Equal([1, 2, 0, 1], Choose(ConnectionScheduling.RoundRobin, targets, 4));
        Assert.Equal([0], Choose(ConnectionScheduling.RoundRobin, targets[..1], 1));
        Assert.Equal([-1], Choose(ConnectionScheduling.RoundRobin, [], 1));
    }

    [Fact]
    public void One_that_is_behind_the_quickest_is_passed_over_until_the_others_are_too()
    {
        Target[] targets = [new(0) { Behind = 10 }, new(1) { Behind = 2 }, new(2) { Behind = 9 }];
        Assert.Equal([1, 2, 1, 2], Choose(ConnectionScheduling.RoundRobin, targets, 4));
        targets[1].HasRoom = false;
        Assert.Equal([0, 2], Choose(ConnectionScheduling.RoundRobin, targets, 2));
    }

    [Fact]
    public void The_fewest_connections_and_in_turn_where_they_are_equal()
    {
        Target[] targets = [new(0) { Open = 2 }, new(1) { Open = 1 }, new(2) { Open = 1 }, new(3) { Open = 0, HasRoom = false }];
        Assert.Equal([1, 2, 1], Choose(ConnectionScheduling.LeastConnections, targets, 3));
    }

    [Fact]
    public void An_address_always_goes_to_the_same_slot_whatever_the_order_is()
    {
        Target[] targets = [.. Enumerable.Range(0, 5).Select(slot => new Target(slot))];
        foreach (var address in Addresses(200))
        {
            var slot = targets[Choose(ConnectionScheduling.Hash, targets, address)].Slot;
            Target[] turned = [.. targets[2..], .. targets[..2]];
            Assert.Equal(slot, turned[Choose(ConnectionScheduling.Hash, turned, address)].Slot);
        }
    }

    [Fact]
    public void A_slot_that_goes_moves_its_own_addresses_alone_and_all_have_their_share()
    {
        Target[] targets = [.. Enumerable.Range(0, 4).Select(slot => new Target(slot))];
        var shares = new int[4];
        foreach (var address in Addresses(4000))
        {
            var before = Choose(ConnectionScheduling.Hash, targets, address);
            shares[before]++;
            var after = Choose(ConnectionScheduling.Hash, targets[..3], address);
            Assert.True(before == 3 || before == after);
        }

        Assert.All(shares, share => Assert.InRange(share, 800, 1200));
    }

    [Fact]
    public void An_address_waits_for_its_slot_but_not_for_one_that_is_full()
    {
        Target[] targets = [new(0), new(1), new(2)];
        var address = Addresses(1).Single();
        var index = Choose(ConnectionScheduling.Hash, targets, address);
        targets[index].HasRoom = false;
        Assert.Equal(-1, Choose(ConnectionScheduling.Hash, targets, address));
        targets[index].IsOpen = false;
        Assert.NotEqual(-1, Choose(ConnectionScheduling.Hash, targets, address));
    }

    [Fact]
    public void The_same_client_over_IPv4_and_over_an_IPv6_socket_is_one()
    {
        Target[] targets = [.. Enumerable.Range(0, 16).Select(slot => new Target(slot))];
        foreach (var address in Addresses(50))
        {
            Assert.Equal(
                Choose(ConnectionScheduling.Hash, targets, address),
                Choose(ConnectionScheduling.Hash, targets, new IPEndPoint(address.Address.MapToIPv6(), 1)));
        }
    }

    private static IEnumerable<IPEndPoint> Addresses(int count) =>
        Enumerable.Range(1, count).Select(number => new IPEndPoint(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]), 40000 + number));

    private int Choose(ConnectionScheduling scheduling, Target[] targets, EndPoint remote) => _scheduler.Choose(scheduling, targets, remote);

    private int[] Choose(ConnectionScheduling scheduling, Target[] targets, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => _scheduler.Choose(scheduling, targets, null))];

    private sealed class Target(int slot) : IConnectionTarget
    {
        public int Slot => slot;

        public int Open { get; set; }

        public int Behind { get; set; }

        public bool IsOpen { get; set; } = true;

        public bool HasRoom { get; set; } = true;
    }
}
