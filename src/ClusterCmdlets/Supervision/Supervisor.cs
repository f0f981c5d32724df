using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Contracts;
using Cluster.Master;

namespace Cluster.Supervision;

/// <summary>
/// Keeps a master's workers alive: starts them, has each slot follow the restart policy, and ends all. Owns the tasks
/// that run the slots. Thread-safe; its lock guards the list of tasks, and nothing is called under it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and whoever is late may still ask it.")]
internal sealed class Supervisor
{
    private static readonly Dictionary<string, string?> NoEnvironment = [];

    private readonly object _gate = new();
    private readonly List<Task> _tasks = [];
    private readonly MasterRuntime _runtime;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watch = Task.CompletedTask;

    /// <summary>Creates a supervisor without workers.</summary>
    /// <param name="runtime">The master.</param>
    public Supervisor(MasterRuntime runtime)
    {
        _runtime = runtime;
    }

    /// <summary>The master.</summary>
    public MasterRuntime Runtime => _runtime;

    /// <summary>Whether the master is being stopped, or has been.</summary>
    public bool IsStopping => _runtime.Workers.IsClosed;

    /// <summary>The restart policy at this moment.</summary>
    public RestartPolicy RestartPolicy => _runtime.Options.Restart;

    /// <summary>The error of whoever wants something of a master that has been stopped.</summary>
    /// <param name="runtime">The master.</param>
    /// <returns>The error.</returns>
    public static ClusterException Stopped(MasterRuntime runtime) => new(
        ClusterErrorId.MasterStopped, ErrorCategory.InvalidOperation, $"The master '{runtime.Options.Name}' has been stopped. Start a new one.", runtime.Master);

    /// <summary>Starts one worker in a slot of its own and returns at once.</summary>
    /// <param name="environment">Variables for this worker and its successors only; null for none.</param>
    /// <returns>The worker.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public WorkerInstance Start(IReadOnlyDictionary<string, string?>? environment = null)
    {
        var slot = new WorkerSlot(this, environment ?? NoEnvironment);
        var instance = _runtime.Workers.Add(null, (id, number) => Create(new ClusterWorker(id, number, _runtime.Options.Name), slot))
            ?? throw Stopped(_runtime);
        slot.Hold(instance);
        _ = Own(() => WorkerSlot.RunAsync(instance));
        return instance;
    }

    /// <summary>
    /// Starts or stops workers until there are so many. Those with the least to do go first, of them the youngest; they
    /// finish what they have.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <returns>The new workers, and the end of the others.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public (IReadOnlyList<WorkerInstance> Started, Task Stopped) Resize(int count)
    {
        var slots = _runtime.Workers.Live().Where(instance => instance.Worker.State != WorkerState.Draining).ToLookup(instance => instance.Worker.Slot);
        if (slots.Count != count)
        {
            Raise(ClusterEventName.Resize, null, $"From {slots.Count} to {count} workers.");
        }

        if (slots.Count <= count)
        {
            return ([.. Enumerable.Range(0, count - slots.Count).Select(_ => Start())], Task.CompletedTask);
        }

        var leaving = slots
            .OrderByDescending(slot => slot.All(instance => instance.Worker.State == WorkerState.WaitingRestart))
            .ThenBy(slot => slot.Sum(instance => instance.Connection.Load.Share))
            .ThenByDescending(slot => slot.Max(instance => instance.Worker.Id))
            .Take(slots.Count - count)
            .SelectMany(slot => slot)
            .ToArray();
        return ([], Own(() => WorkerStop.StopAsync(leaving, WorkerStop.PatientDrain, CancellationToken.None)));
    }

    /// <summary>Adds the worker that takes over from one which has failed. It is not started yet.</summary>
    /// <param name="ended">The worker that has ended.</param>
    /// <param name="delay">How long the new one will wait.</param>
    /// <returns>The new worker; null when the master is being stopped.</returns>
    public WorkerInstance? AddRestart(WorkerInstance ended, TimeSpan delay) => _runtime.Workers.Add(
        ended.Worker.Slot,
        (id, number) => Create(
            new ClusterWorker(id, number, _runtime.Options.Name, ended.Worker.Restarts + 1, DateTime.Now + delay), ended.Slot, takesOver: true));

    /// <summary>Starts one worker more than was asked for at the start.</summary>
    /// <param name="environment">Variables for this worker and its successors only.</param>
    /// <returns>The worker.</returns>
    /// <exception cref="ClusterException">The master has been stopped.</exception>
    public WorkerInstance StartOneMore(IReadOnlyDictionary<string, string?> environment)
    {
        var instance = Start(environment);
        var count = _runtime.Workers.Live().Select(live => live.Worker.Slot).Distinct().Count();
        if (count > _runtime.Options.WorkerCount)
        {
            _runtime.Change(options => options with { WorkerCount = Math.Max(count, options.WorkerCount) });
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
        MasterOptions Options() => readyTimeout is { } time ? _runtime.Options with { StartupTimeout = time } : _runtime.Options;
        var fresh = old.Worker.State == WorkerState.Draining ? null : old.Slot.BeginReplacement(old, () => _runtime.Workers.Add(
            old.Worker.Slot,
            (id, number) => new WorkerInstance(new ClusterWorker(id, number, _runtime.Options.Name, old.Worker.Restarts), Options, old.Slot, _runtime) { TakesOver = true }));
        if (fresh is null)
        {
            throw IsStopping ? Stopped(_runtime) : new ClusterException(
                ClusterErrorId.WorkerBusy, ErrorCategory.ResourceBusy, $"Worker {old.Worker.Id} is leaving or is being replaced already.", old.Worker);
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
    public void Watch()
    {
        lock (_gate)
        {
            if (_watch.IsCompleted && _runtime.Options.Recycle.IsOn && !IsStopping)
            {
                _watch = Task.Run(() => new RecycleWatch(_runtime).RunAsync(_stopping.Token));
                _tasks.Add(_watch);
            }
        }
    }

    /// <summary>Tells what was decided.</summary>
    /// <param name="name">What.</param>
    /// <param name="worker">The worker it is about; null for the master.</param>
    /// <param name="reason">Why.</param>
    /// <param name="error">The error behind it, or null.</param>
    public void Raise(ClusterEventName name, ClusterWorker? worker, string reason, ErrorRecord? error = null) =>
        _runtime.OnEvent(name, worker, reason, error);

    /// <summary>Stops all workers. No new one is started from now on.</summary>
    /// <param name="drain">How long they may finish; null kills at once.</param>
    /// <param name="hurry">Ends the waits: what is left is killed.</param>
    /// <returns>Completes when all are gone.</returns>
    public async Task StopAsync(TimeSpan? drain, CancellationToken hurry)
    {
        _runtime.Workers.Close();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await WorkerStop.StopAsync(_runtime.Workers.Live(), drain, hurry).ConfigureAwait(false);
        Task[] tasks;
        lock (_gate)
        {
            tasks = [.. _tasks];
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private WorkerInstance Create(ClusterWorker worker, WorkerSlot slot, bool takesOver = false) =>
        new(worker, () => _runtime.Options, slot, _runtime) { TakesOver = takesOver };

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
