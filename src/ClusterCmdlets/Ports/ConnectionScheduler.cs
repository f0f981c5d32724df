using System.Net;
using Cluster.Contracts;

namespace Cluster.Ports;

/// <summary>Chooses the worker that gets a connection. Not thread-safe; one for a port.</summary>
internal sealed class ConnectionScheduler
{
    private const int MaxBehind = 8;

    private int _turn;

    /// <summary>Chooses a worker.</summary>
    /// <param name="scheduling">How.</param>
    /// <param name="targets">The workers that serve the port.</param>
    /// <param name="remote">Where the connection comes from.</param>
    /// <returns>The index of the worker; -1 if the connection has to wait.</returns>
    public int Choose(ConnectionScheduling scheduling, IReadOnlyList<IConnectionTarget> targets, EndPoint? remote) => scheduling switch
    {
        ConnectionScheduling.LeastConnections => Least(targets),
        ConnectionScheduling.Hash when remote is IPEndPoint address => Highest(targets, address.Address),
        _ => Next(targets),
    };

    /// <summary>
    /// The next one in turn. One that is behind the quickest by some connections, for it is busy or hangs, is passed over: whoever is given to
    /// it waits. By one connection would be too strict, since then the turns would follow chance.
    /// </summary>
    private int Next(IReadOnlyList<IConnectionTarget> targets)
    {
        var least = int.MaxValue;
        foreach (var target in targets)
        {
            if (target is { IsOpen: true, HasRoom: true })
            {
                least = Math.Min(least, target.Behind);
            }
        }

        for (var step = 1; step <= targets.Count; step++)
        {
            var index = (_turn + step) % targets.Count;
            if (targets[index] is { IsOpen: true, HasRoom: true } target && target.Behind - least < MaxBehind)
            {
                return _turn = index;
            }
        }

        return -1;
    }

    /// <summary>Of those with the same number, the next in turn.</summary>
    private int Least(IReadOnlyList<IConnectionTarget> targets)
    {
        var least = -1;
        for (var step = 1; step <= targets.Count; step++)
        {
            var index = (_turn + step) % targets.Count;
            if (targets[index] is { IsOpen: true, HasRoom: true } target && (least < 0 || target.Open < targets[least].Open))
            {
                least = index;
            }
        }

        return least < 0 ? -1 : _turn = least;
    }

    /// <summary>
    /// Rendezvous hashing (Thaler and Ravishankar, 1998): each slot has a rank for each address, and the highest gets the connection, so that
    /// a worker that comes or goes moves only its own addresses. A worker that is behind keeps its addresses waiting.
    /// </summary>
    private static int Highest(IReadOnlyList<IConnectionTarget> targets, IPAddress address)
    {
        var key = KeyOf(address);
        var best = -1;
        var highest = 0UL;
        for (var index = 0; index < targets.Count; index++)
        {
            if (targets[index].IsOpen && Mix(key ^ Mix((ulong)targets[index].Slot + 1)) is var rank && (best < 0 || rank > highest))
            {
                (best, highest) = (index, rank);
            }
        }

        return best >= 0 && targets[best].HasRoom ? best : -1;
    }

    private static ulong KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).TryWriteBytes(bytes, out var count);

        // FNV-1a, 64 bits.
        var hash = 14695981039346656037UL;
        foreach (var value in bytes[..count])
        {
            hash = (hash ^ value) * 1099511628211UL;
        }

        return hash;
    }

    /// <summary>The finalizer of SplitMix64: every bit of the input changes half of the output.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
