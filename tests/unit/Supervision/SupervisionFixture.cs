using System.Collections.Concurrent;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.UnitTests.Supervision;

/// <summary>A supervisor whose workers are no processes, and what it tells. Their behavior is asked for in the order of their starts.</summary>
internal sealed class SupervisionFixture : IWorkerObserver, IAsyncDisposable
{
    /// <summary>Generous: only a failure takes it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<FakeBehavior> _behaviors;
    private readonly BlockingCollection<(ClusterEventName Name, WorkerInstance? Worker, string Reason)> _unread = [];

    public SupervisionFixture(Func<MasterOptions, MasterOptions>? change = null, params FakeBehavior[] behaviors)
    {
        _behaviors = new ConcurrentQueue<FakeBehavior>(behaviors);
        Settings = new MasterSettings(change is null ? Options("Fake") : change(Options("Fake")));
        Supervisor = new Supervisor(Settings, Create, this);
    }

    public MasterSettings Settings { get; }

    public Supervisor Supervisor { get; }

    /// <summary>What workers were started in, in order.</summary>
    public ConcurrentQueue<FakeLifetime> Lifetimes { get; } = [];

    /// <summary>What has happened, in order.</summary>
    public ConcurrentQueue<(ClusterEventName Name, int Id)> Events { get; } = [];

    /// <summary>Called for every event before it is noted.</summary>
    public Action<ClusterEventName>? Handler { get; set; }

    public static MasterOptions Options(string name) => new()
    {
        Name = name,
        WorkerCount = 1,
        Host = new HostSettings { HostPath = "none", Paths = new LaunchPaths { WorkingDirectory = "." } },
        Launch = new Launch { ClusterName = name, Culture = "", UICulture = "" },
        LaunchPayload = [],
        StartupTimeout = Patience,
        Restart = new RestartPolicy { Delay = TimeSpan.FromMilliseconds(1) },
    };

    /// <summary>Starts a worker and waits until it is ready.</summary>
    public async Task<WorkerInstance> StartReadyAsync()
    {
        var worker = Supervisor.Start();
        await worker.Ready.WaitAsync(Patience);
        return worker;
    }

    /// <summary>What a worker was started in.</summary>
    public FakeLifetime LifetimeOf(WorkerInstance worker) => Lifetimes.Single(lifetime => lifetime.Number == worker.Status.ProcessId);

    /// <summary>Waits for an event.</summary>
    public (WorkerInstance? Worker, string Reason) Next(ClusterEventName name)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var happened = _unread.Take(timeout.Token);
            if (happened.Name == name)
            {
                return (happened.Worker, happened.Reason);
            }
        }
    }

    public Task StopAsync() => Supervisor.StopAsync(drain: null, CancellationToken.None).WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Assert.All(Lifetimes, lifetime => Assert.Equal(1, lifetime.Disposals));
        Assert.All(Supervisor.Workers.All(), worker => Assert.True(worker.Status.IsDead && worker.Exited.IsCompleted && worker.Ready.IsCompleted));
        _unread.Dispose();
    }

    public void OnCreated(WorkerInstance worker)
    {
        // Nobody serves ports here.
    }

    public void OnEvent(ClusterEventName name, WorkerInstance? worker, string reason, ErrorRecord? error = null)
    {
        Handler?.Invoke(name);
        Events.Enqueue((name, worker?.Id ?? 0));
        _unread.Add((name, worker, reason));
    }

    public void OnData(WorkerConnection channel, Frame frame)
    {
    }

    public void OnAnswered(TimeSpan time)
    {
    }

    public void OnMessagesLost(WorkerConnection channel, IReadOnlyList<Frame> messages)
    {
    }

    public void OnSiblingMessage(WorkerConnection sender, Frame frame)
    {
    }

    public void OnUndeliverable(WorkerConnection sender, Frame frame)
    {
    }

    public void OnAcknowledged(Acknowledgement acknowledgement)
    {
    }

    public void OnLine(WorkerConnection channel, string line, bool isError)
    {
    }

    private FakeLifetime Create(HostSettings host, Action<string, bool> onLine, Action<string> onRejected)
    {
        var lifetime = new FakeLifetime(host, _behaviors.TryDequeue(out var next) ? next : new FakeBehavior(), 1_000_000 + Lifetimes.Count);
        Lifetimes.Enqueue(lifetime);
        return lifetime;
    }
}
