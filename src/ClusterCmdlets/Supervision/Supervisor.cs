using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Hosting;

namespace Cluster.Supervision;

/// <summary>
/// Keeps a master's workers alive: starts them, has each slot follow the restart policy, and ends all. Owns the tasks
/// that run the slots. Thread-safe; its lock guards the list of tasks, and nothing is called under it but the start of one.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and who is late may still ask it.")]
internal sealed class Supervisor
{
    private static readonly Dictionary<string, string?> NoEnvironment = [];

    private readonly object _gate = new();
    private readonly object _refill = new();
    private readonly List<Task> _tasks = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly MasterSettings _settings;
    private Task _watch = Task.CompletedTask;

    /// <summary>Creates a supervisor without workers.</summary>
    /// <param name="settings">How they are started and treated.</param>
    /// <param name="createLifetime">Prepares what a worker runs in.</param>
    /// <param name="observer">Told what happens to them.</param>
    public Supervisor(MasterSettings settings, WorkerLifetimeFactory createLifetime, IWorkerObserver observer)
    {
        _settings = settings;
        Places = new WorkerPlaces(new ThisMachine(createLifetime, Options.WorkerCount));
        Observer = observer;
    }

    /// <summary>The workers.</summary>
    public WorkerTable Workers { get; } = new();

    /// <summary>Told what happens to the workers.</summary>
    public IWorkerObserver Observer { get; }

    /// <summary>The machines that they run on.</summary>
    public WorkerPlaces Places { get; }

    /// <summary>How workers are started and treated at this moment.</summary>
    public MasterOptions Options => _settings.Current;

    /// <summary>Whether the workers are being stopped, or have been.</summary>
    public bool IsStopping => Workers.IsClosed;

    /// <summary>The error of a start after the stop.</summary>
    public ClusterException Stopped => new(
        ClusterErrorId.MasterStopped, ErrorCategory.InvalidOperation, $"The master '{Options.Name}' has been stopped. Start a new one.", Observer);

    /// <summary>Starts one worker in a slot of its own and returns at once.</summary>
    /// <param name="environment">Variables for this worker and its successors only; null for none.</param>
    /// <returns>The worker, on the machine that has most room.</returns>
    /// <exception cref="ClusterException">The master has been stopped, or no machine is there that is meant for workers.</exception>
    public WorkerInstance Start(IReadOnlyDictionary<string, string?>? environment = null) => StartOn(
        Places.Choose(Workers.Live()) ?? throw new ClusterException(
            ClusterErrorId.MachineNotJoined,
            ErrorCategory.ResourceUnavailable,
            $"The master '{Options.Name}' runs no workers on its own machine, and no other is there. Its workers are started when one joins.",
            Observer),
        environment);

    /// <summary>
    /// Starts or stops workers until the number is reached. Those with the least to do go first, of them the youngest; they
    /// finish what they have.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <returns>The new workers, and the end of the others.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public (IReadOnlyList<WorkerInstance> Started, Task Stopped) Resize(int count)
    {
        var slots = Workers.Live().Where(instance => instance.State != WorkerState.Draining).ToLookup(instance => instance.SlotNumber);
        if (slots.Count != count)
        {
            Raise(ClusterEventName.Resize, null, $"From {slots.Count} to {count} workers.");
        }

        if (slots.Count <= count)
        {
            return ([.. Enumerable.Range(0, count - slots.Count).Select(_ => Start())], Task.CompletedTask);
        }

        var leaving = slots
            .OrderByDescending(slot => slot.All(instance => instance.State == WorkerState.WaitingRestart))
            .ThenBy(slot => slot.Sum(instance => instance.Connection.Load.Share))
            .ThenByDescending(slot => slot.Max(instance => instance.Id))
            .Take(slots.Count - count)
            .SelectMany(slot => slot)
            .ToArray();
        return ([], Own(() => WorkerStop.StopAsync(leaving, WorkerStop.PatientDrain, CancellationToken.None)));
    }

    /// <summary>Stops all workers because there is nothing to do. <see cref="Refill"/> starts them again.</summary>
    /// <param name="reason">Why.</param>
    public void Empty(string reason)
    {
        var leaving = Workers.Live();
        if (leaving.Count > 0)
        {
            Raise(ClusterEventName.Resize, null, reason);
            foreach (var instance in leaving)
            {
                // Here, so that nobody takes them for workers from now on.
                instance.RequestStop(StopMode.Drain);
            }

            _ = Own(() => WorkerStop.StopAsync(leaving, WorkerStop.PatientDrain, CancellationToken.None));
        }
    }

    /// <summary>Starts workers until there are as many as the options say, those not counted that take nothing more.</summary>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public void Refill()
    {
        lock (_refill)
        {
            for (var count = Workers.Accepting().Count; count < Options.WorkerCount; count++)
            {
                Start();
            }
        }
    }

    /// <summary>A machine has joined: starts the workers that it is meant for.</summary>
    /// <param name="place">The machine.</param>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public void Join(IWorkerPlace place)
    {
        _settings.Change(options => options with { WorkerCount = options.WorkerCount + place.Capacity });
        for (var count = 0; count < place.Capacity; count++)
        {
            StartOn(place, environment: null);
        }

        // Last: who waits for the machine finds its workers.
        Places.Add(place);
    }

    /// <summary>A machine is gone: none of its workers is followed by another.</summary>
    /// <param name="place">The machine.</param>
    public void Part(IWorkerPlace place)
    {
        Places.Remove(place);

        // Its workers may be more or fewer than it was meant for, after a resize.
        var others = Workers.Live().Where(instance => instance.Slot.Place != place).Select(instance => instance.SlotNumber).Distinct().Count();
        _settings.Change(options => options with { WorkerCount = Math.Min(Math.Max(options.WorkerCount - place.Capacity, others), options.WorkerCount) });
    }

    /// <summary>Adds the worker that takes over from one which has failed. It is not started yet.</summary>
    /// <param name="ended">The worker that has ended.</param>
    /// <param name="delay">How long the new one will wait.</param>
    /// <returns>The new worker; null when the master is being stopped.</returns>
    public WorkerInstance? AddRestart(WorkerInstance ended, TimeSpan delay) => Workers.Add(
        ended.SlotNumber,
        (id, number) => new WorkerInstance(id, number, ended.Slot, () => Options, DateTime.Now + delay) { Restarts = ended.Restarts + 1, TakesOver = true });

    /// <summary>Starts one worker more than was asked for at the start.</summary>
    /// <param name="environment">Variables for this worker and its successors only.</param>
    /// <returns>The worker.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public WorkerInstance StartOneMore(IReadOnlyDictionary<string, string?> environment)
    {
        var instance = Start(environment);
        var count = Workers.Live().Select(live => live.SlotNumber).Distinct().Count();
        if (count > Options.WorkerCount)
        {
            _settings.Change(options => options with { WorkerCount = Math.Max(count, options.WorkerCount) });
        }

        return instance;
    }

    /// <summary>Starts a worker in the slot of another, which goes on meanwhile.</summary>
    /// <param name="old">The other.</param>
    /// <param name="readyTimeout">How long the new one may take to be ready; null for what the options say.</param>
    /// <returns>The new worker.</returns>
    /// <exception cref="ClusterException">The old one is leaving, or is being replaced already.</exception>
    public WorkerInstance StartBeside(WorkerInstance old, TimeSpan? readyTimeout)
    {
        MasterOptions ForThis() => readyTimeout is { } time ? Options with { StartupTimeout = time } : Options;
        var fresh = old.State == WorkerState.Draining ? null : old.Slot.BeginReplacement(old, () => Workers.Add(
            old.SlotNumber,
            (id, number) => new WorkerInstance(id, number, old.Slot, ForThis) { Restarts = old.Restarts, TakesOver = true }));
        if (fresh is null)
        {
            throw IsStopping ? Stopped : new ClusterException(
                ClusterErrorId.WorkerBusy, ErrorCategory.ResourceBusy, $"Worker {old.Id} is leaving or is being replaced already.", old);
        }

        _ = Own(() => WorkerSlot.RunAsync(fresh));
        return fresh;
    }

    /// <summary>Replaces workers by fresh ones. Goes on if its caller does not wait for it.</summary>
    /// <param name="instances">The workers.</param>
    /// <param name="order">How.</param>
    /// <param name="cancellation">Gives up on those that are not ready yet.</param>
    /// <returns>What became of each.</returns>
    public Task<IReadOnlyList<ReplacementResult>> ReplaceAsync(IReadOnlyList<WorkerInstance> instances, ReplacementOrder order, CancellationToken cancellation)
    {
        var results = new RollingReload(this).RunAsync(instances, order, cancellation);
        _ = Own(() => results);
        return results;
    }

    /// <summary>The options have been given or changed: watches the limits of workers, if there are any.</summary>
    public void Watch() => Watch(ref _watch, Options.Recycle.IsOn, new RecycleWatch(this).RunAsync);

    /// <summary>Begins a watch that ends by itself when it is not wanted any more, or at the end of the master.</summary>
    /// <param name="watch">The one that runs, or has run.</param>
    /// <param name="isWanted">Whether it is to run.</param>
    /// <param name="run">The watch, given what ends it.</param>
    public void Watch(ref Task watch, bool isWanted, Func<CancellationToken, Task> run)
    {
        lock (_gate)
        {
            if (watch.IsCompleted && isWanted && !IsStopping)
            {
                watch = Task.Run(() => run(_stopping.Token));
                _tasks.Add(watch);
            }
        }
    }

    /// <summary>Tells what was decided.</summary>
    /// <param name="name">What.</param>
    /// <param name="worker">The worker it is about; null for the master.</param>
    /// <param name="reason">Why.</param>
    /// <param name="error">The error behind it, or null.</param>
    public void Raise(ClusterEventName name, WorkerInstance? worker, string reason, ErrorRecord? error = null) =>
        Observer.OnEvent(name, worker, reason, error);

    /// <summary>Stops all workers. No new one is started from now on.</summary>
    /// <param name="drain">How long they may finish; null kills at once.</param>
    /// <param name="killNow">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when all are gone.</returns>
    public async Task StopAsync(TimeSpan? drain, CancellationToken killNow)
    {
        Workers.Close();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await WorkerStop.StopAsync(Workers.Live(), drain, killNow).ConfigureAwait(false);
        Task[] tasks;
        lock (_gate)
        {
            tasks = [.. _tasks];
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    /// <summary>Kills all workers without waiting, for the end of the process: no lock is taken that may be held for long.</summary>
    public void KillAll()
    {
        Workers.Abandon();
        foreach (var instance in Workers.Live())
        {
            instance.Kill(requested: true);
        }
    }

    private WorkerInstance StartOn(IWorkerPlace place, IReadOnlyDictionary<string, string?>? environment)
    {
        var slot = new WorkerSlot(this, place, environment ?? NoEnvironment);
        var instance = Workers.Add(null, (id, number) => new WorkerInstance(id, number, slot, () => Options)) ?? throw Stopped;
        slot.Hold(instance);
        _ = Own(() => WorkerSlot.RunAsync(instance));
        return instance;
    }

    /// <summary>Starts work that the end of the master waits for.</summary>
    private Task Own(Func<Task> work)
    {
        var task = Task.Run(work);
        lock (_gate)
        {
            _tasks.RemoveAll(done => done.IsCompleted);
            _tasks.Add(task);
        }

        return task;
    }
}
