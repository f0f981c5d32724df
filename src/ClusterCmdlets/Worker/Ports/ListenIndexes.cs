using Cluster.Protocol;

namespace Cluster.Worker.Ports;

/// <summary>
/// Counts the listeners of a worker on the same address: the n-th of one worker shares the socket of the n-th of the others, so
/// that a worker that listens twice on port 0 has two ports. The count begins anew when all are closed. Thread-safe.
/// </summary>
internal sealed class ListenIndexes
{
    private readonly object _gate = new();
    private readonly Dictionary<(PortProtocol, string, int, bool), (int Next, HashSet<int> Used)> _indexes = [];

    /// <summary>The index of the next listener.</summary>
    /// <param name="request">What it listens on.</param>
    /// <returns>The index, from 0.</returns>
    public int Next(ListenRequest request)
    {
        var key = KeyOf(request);
        lock (_gate)
        {
            var (next, used) = _indexes.TryGetValue(key, out var known) ? known : (0, []);
            used.Add(next);
            _indexes[key] = (next + 1, used);
            return next;
        }
    }

    /// <summary>A listener has ended.</summary>
    /// <param name="request">What it listened on, with its index.</param>
    public void Free(ListenRequest request)
    {
        var key = KeyOf(request);
        lock (_gate)
        {
            if (_indexes.TryGetValue(key, out var known) && known.Used.Remove(request.Index) && known.Used.Count == 0)
            {
                _indexes.Remove(key);
            }
        }
    }

    private static (PortProtocol, string, int, bool) KeyOf(ListenRequest request) => (request.Protocol, request.Address, request.Port, request.IPv6Only);
}
