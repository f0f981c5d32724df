using Cluster.Messaging;

namespace Cluster.UnitTests.Messaging;

/// <summary>Receivers of a test.</summary>
internal sealed class FakeGroup : IPeerGroup, IDisposable
{
    private FakePeer[] _peers = [];

    public FakeGroup(params FakePeer[] peers)
    {
        foreach (var peer in peers)
        {
            Add(peer);
        }
    }

    public string Name => "test";

    public object? Subject => null;

    public ChangeSignal Changed { get; } = new();

    public IReadOnlyList<IPeer> Peers => _peers;

    public void Add(FakePeer peer)
    {
        peer.RoomChanged += Changed.Pulse;
        _peers = [.. _peers, peer];
        Changed.Pulse();
    }

    public void Remove(FakePeer peer)
    {
        _peers = [.. _peers.Where(other => other != peer)];
        Changed.Pulse();
    }

    public void Dispose()
    {
        foreach (var peer in _peers)
        {
            peer.Dispose();
        }
    }
}
