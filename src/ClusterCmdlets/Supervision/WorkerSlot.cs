using System.Diagnostics;
using Cluster.Contracts;
using Cluster.Hosting;

namespace Cluster.Supervision;

/// <summary>
/// A place among a master's workers. One worker holds it; when that ends, the restart policy says who comes next. While it
/// is being replaced another one gets ready beside it. Thread-safe; making a worker is all that is done under its lock.
/// </summary>
internal sealed class WorkerSlot
{
    private readonly object _gate = new();
    private readonly Supervisor _supervisor;
    private RestartHistory _history = RestartHistory.Empty;
    private WorkerInstance? _holder;
    private WorkerInstance? _replacement;

    /// <summary>Creates an empty slot.</summary>
    /// <param name="supervisor">Makes workers and is told what is decided.</param>
    /// <param name="place">The machine that its workers run on.</param>
    /// <param name="environment">Variables for the workers of this slot only; null removes one.</param>
    public WorkerSlot(Supervisor supervisor, IWorkerPlace place, IReadOnlyDictionary<string, string?> environment)
    {
        _supervisor = supervisor;
        Place = place;
        Environment = environment;
    }

    /// <summary>Whose slot it is.</summary>
    public Supervisor Supervisor => _supervisor;

    /// <summary>The machine that its workers run on.</summary>
    public IWorkerPlace Place { get; }

    /// <summary>Variables for the workers of this slot only; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; }

    /// <summary>The worker that holds it, or held it last.</summary>
    public WorkerInstance? Holder
    {
        get
        {
            lock (_gate)
            {
                return _holder;
            }
        }
    }

    /// <summary>Gives the slot to a worker.</summary>
    /// <param name="instance">The worker.</param>
    public void Hold(WorkerInstance instance)
    {
        lock (_gate)
        {
            _holder = instance;
        }
    }

    /// <summary>Begins to replace the worker that holds the slot.</summary>
    /// <param name="old">That worker.</param>
    /// <param name="create">Makes the new one.</param>
    /// <returns>The new worker, not running yet; null if the old one does not hold the slot or is being replaced already.</returns>
    public WorkerInstance? BeginReplacement(WorkerInstance old, Func<WorkerInstance?> create)
    {
        lock (_gate)
        {
            return _holder == old && _replacement is null ? _replacement = create() : null;
        }
    }

    /// <summary>Ends a replacement.</summary>
    /// <param name="replacement">The new worker.</param>
    /// <param name="isReady">Whether it is to take over.</param>
    /// <returns>Whether it holds the slot now. Not if it has ended meanwhile.</returns>
    public bool EndReplacement(WorkerInstance replacement, bool isReady)
    {
        lock (_gate)
        {
            if (_replacement == replacement)
            {
                _replacement = null;
                _holder = isReady ? replacement : _holder;
            }

            return _holder == replacement;
        }
    }

    /// <summary>Runs a worker and its successors until there is none.</summary>
    /// <param name="instance">The first worker.</param>
    /// <returns>Completes when the last one has exited. Never fails.</returns>
    public static async Task RunAsync(WorkerInstance instance)
    {
        var delay = TimeSpan.Zero;
        while (true)
        {
            await instance.RunAsync(delay).ConfigureAwait(false);
            if (instance.Successor is not { } next)
            {
                return;
            }

            // A reference to a past worker must not keep all its successors alive.
            delay = instance.RestartDecision!.Delay;
            instance.Successor = null;
            instance = next;
        }
    }

    /// <summary>A worker is about to be gone: decides who comes after it.</summary>
    /// <param name="instance">The worker.</param>
    /// <param name="exit">How it ended.</param>
    public void OnEnding(WorkerInstance instance, WorkerExit exit)
    {
        lock (_gate)
        {
            if (_replacement == instance)
            {
                _replacement = null;
            }

            // Those of a machine that is lost are not started elsewhere: the other machines have as many as they are meant for.
            if (_holder != instance || _supervisor.IsStopping || !Place.IsOpen)
            {
                return;
            }

            if (_replacement is not null)
            {
                // Somebody is on the way already; after a stop, nobody is wanted.
                _holder = exit.Voluntary ? instance : _replacement;
                _replacement = null;
                return;
            }

            instance.RestartDecision = _supervisor.Options.Restart.Decide(
                _history, exit, instance.ReadyFor, Stopwatch.GetElapsedTime(0), Random.Shared.NextDouble());
            _history = instance.RestartDecision.History;
            if (instance.RestartDecision.Kind == RestartDecisionKind.Restart)
            {
                instance.Successor = _supervisor.AddRestart(instance, instance.RestartDecision.Delay);
                _holder = instance.Successor;
            }
        }
    }

    /// <summary>A worker is gone: tells what was decided.</summary>
    /// <param name="instance">The worker.</param>
    /// <param name="failure">Why it never was ready, or null.</param>
    public void OnEnded(WorkerInstance instance, ClusterException? failure)
    {
        switch (instance.RestartDecision?.Kind)
        {
            case RestartDecisionKind.Restart when instance.Successor is { } successor:
                _supervisor.Raise(ClusterEventName.Restart, successor, $"{instance.RestartDecision.Reason} Worker {instance.Id} ended: {instance.Status.Exit?.Reason}.");
                break;
            case RestartDecisionKind.GiveUp:
                instance.GiveUp();
                var reason = failure is null ? instance.RestartDecision.Reason : $"{instance.RestartDecision.Reason} {failure.Message}";
                _supervisor.Raise(ClusterEventName.GaveUp, instance, reason, failure?.WorkerError ?? failure?.ErrorRecord ?? instance.Status.Exit?.Error);
                break;
        }
    }
}
