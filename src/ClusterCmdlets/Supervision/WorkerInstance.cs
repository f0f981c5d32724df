using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Protocol;

namespace Cluster.Supervision;

/// <summary>
/// One worker from its start to its end: joins what it runs in and the way to it. What happens to it goes into a mailbox, and
/// one loop makes the next status of it (<see cref="WorkerLifeCycle"/>) and does what follows; nothing else writes the status.
/// Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "EndAsync, the last act of every instance, releases all.")]
internal sealed partial class WorkerInstance
{
    private readonly Func<MasterOptions> _getOptions;
    private volatile WorkerStatus _status;
    private MasterOptions _options;

    /// <summary>Prepares a worker; messages can be sent to it from now on.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="slotNumber">Its place among the master's workers.</param>
    /// <param name="slot">The slot it belongs to, which is told of its end.</param>
    /// <param name="options">Gives the master's options; asked again when the process is started.</param>
    /// <param name="nextStart">When it will be started, local time; null for at once.</param>
    public WorkerInstance(int id, int slotNumber, WorkerSlot slot, Func<MasterOptions> options, DateTime? nextStart = null)
    {
        Id = id;
        SlotNumber = slotNumber;
        Slot = slot;
        _getOptions = options;
        _options = options();
        MasterName = _options.Name;
        _status = WorkerStatus.New(DateTime.Now, nextStart);
        Connection = new WorkerConnection(this, _options.Limits);
        Observer.OnCreated(this);
    }

    /// <summary>Counts the master's workers from 1; never used twice.</summary>
    public int Id { get; }

    /// <summary>The place among the master's workers, from 0.</summary>
    public int SlotNumber { get; }

    /// <summary>The slot it belongs to.</summary>
    public WorkerSlot Slot { get; }

    /// <summary>The name of the master that it belongs to.</summary>
    public string MasterName { get; }

    /// <summary>The name of the machine that it runs on.</summary>
    public string ComputerName => Slot.Place.ComputerName;

    /// <summary>What is known of it at this moment.</summary>
    public WorkerStatus Status => _status;

    /// <summary>
    /// Where it is in its life. An exit that it has announced counts at once, also before the loop has dealt with it: the reader
    /// of a message that the worker sent after it sees it.
    /// </summary>
    public WorkerState State => _status.State switch
    {
        WorkerState.Starting or WorkerState.Online or WorkerState.Ready when Connection.HasLeft => WorkerState.Draining,
        var state => state,
    };

    /// <summary>The way to it.</summary>
    public WorkerConnection Connection { get; }

    /// <summary>How often its slot was restarted after a failure before it.</summary>
    public int Restarts { get; init; }

    /// <summary>Whether it takes the place of another.</summary>
    public bool TakesOver { get; init; }

    /// <summary>A random number from 0 to 1 of its own, so that workers of the same age do not do the same at once.</summary>
    public double JitterFactor { get; } = Random.Shared.NextDouble();

    /// <summary>What its slot has decided at its end; null before, and when it did not hold the slot.</summary>
    public RestartDecision? RestartDecision { get; set; }

    /// <summary>The worker that was put in its place after its end, or null. Set by its slot.</summary>
    public WorkerInstance? Successor { get; set; }

    /// <summary>How long it has been ready; zero if it is not.</summary>
    public TimeSpan ReadyFor => Volatile.Read(ref _readyAt) is not 0 and var since ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Completes when it can take work; fails with a <see cref="ClusterException"/> when it never will.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when its process, its children and its connection are gone.</summary>
    public Task Exited => _ended.Task;

    /// <summary>The end of its stderr.</summary>
    public IReadOnlyList<string> ErrorTail => _lifetime?.ErrorTail ?? [];

    /// <summary>Its memory and processor time; null when it does not run.</summary>
    public (long WorkingSet, TimeSpan ProcessorTime)? Usage => _status.IsDead ? null : _lifetime?.Usage;

    /// <inheritdoc/>
    public override string ToString() => $"{MasterName}:{Id}";

    /// <summary>Asks the worker to stop: it gets no more messages from now on. It may be repeated with a stricter mode.</summary>
    /// <param name="mode">How.</param>
    public void RequestStop(StopMode mode)
    {
        // Before the worker can answer to it.
        Post(mode == StopMode.Drain ? WorkerSignalKind.Drain : WorkerSignalKind.StopPipeline);
        Connection.SendStop(mode);
    }

    /// <summary>Marks it as replaced because it had reached a limit: its exit is not counted as a failure.</summary>
    public void MarkRecycled() => Post(WorkerSignalKind.Recycled);

    /// <summary>Ends its wait: a worker that waits for its start is started now.</summary>
    public void StartNow() => Post(WorkerSignalKind.StartDue);

    /// <summary>Ends the process and its children at once. Waits for nothing, so that the end of the master's process can use it.</summary>
    /// <param name="requested">Whether a user asked for it.</param>
    public void Kill(bool requested)
    {
        Post(requested ? WorkerSignalKind.KillRequested : WorkerSignalKind.Kill);

        // Here and not only by the loop, which may be busy with a handler of an event.
        _lifetime?.Kill();
    }

    /// <summary>Ends the process because nothing is heard from it. Harmless when it is ending anyway.</summary>
    /// <param name="reason">Since when, in words.</param>
    public void KillUnresponsive(string reason) => _mailbox.Post(new(WorkerSignalKind.Unresponsive)
    {
        Reason = reason,
        Failure = new ClusterException(
            ClusterErrorId.WorkerStartFailed, ErrorCategory.OperationTimeout, $"Worker {Id} hung before it was ready. {reason}", this),
    });

    /// <summary>Its slot is given up. Called by the slot, when it is told of the end.</summary>
    public void GiveUp() => Apply(new(WorkerSignalKind.GivenUp));
}
