using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Supervision;

namespace Cluster.Api;

/// <summary>
/// One worker of a master. Live: its properties change as the process does. Thread-safe.
/// </summary>
[TypeConverter(typeof(OwnProcessConverter))]
public sealed class ClusterWorker : IOwnProcess
{
    private readonly object _gate = new();
    private WorkerState _state;
    private DateTime _stateSince = DateTime.Now;
    private DateTime _startTime = DateTime.Now;
    private DateTime? _nextStart;
    private WorkerExit? _exit;

    internal ClusterWorker(int id, int slot, string masterName, int restarts = 0, DateTime? nextStart = null)
    {
        Number = id;
        Slot = slot;
        MasterName = masterName;
        Restarts = restarts;
        _nextStart = nextStart;
        _state = nextStart is null ? WorkerState.Starting : WorkerState.WaitingRestart;
    }

    /// <summary>
    /// Counts the master's workers from 1; never used twice. Not the <see cref="ProcessId"/>. A long, so that it is never taken
    /// for the id of a process; as the key of a hashtable it differs from the int of the same value: <c>@{ 1L = 'first' }</c>.
    /// </summary>
    public long Id => Number;

    /// <summary>The place among the master's workers, from 0.</summary>
    public int Slot { get; }

    /// <summary>The name of the master that it belongs to.</summary>
    public string MasterName { get; }

    /// <summary>The process id; 0 until the process is there.</summary>
    public int ProcessId { get; internal set; }

    /// <summary>Where it is in its life.</summary>
    public WorkerState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Since when it is in that state, local time.</summary>
    public DateTime StateSince
    {
        get
        {
            lock (_gate)
            {
                return _stateSince;
            }
        }
    }

    /// <summary>When it was started, local time; while it waits for that, when it was put in its slot.</summary>
    public DateTime StartTime
    {
        get
        {
            lock (_gate)
            {
                return _startTime;
            }
        }
    }

    /// <summary>How often its slot was restarted after a failure before it.</summary>
    public int Restarts { get; }

    /// <summary>When it will be started, local time; null unless it waits for that.</summary>
    public DateTime? NextStart
    {
        get
        {
            lock (_gate)
            {
                return _nextStart;
            }
        }
    }

    /// <summary>The process's exit code; null while it runs and when a signal ended it.</summary>
    public int? ExitCode => Exit?.Code;

    /// <summary>The signal that ended the process (<c>SIGKILL</c>), or null.</summary>
    public string? Signal => Exit?.Signal;

    /// <summary>Why the process ended; null while it runs.</summary>
    public WorkerExitReason? ExitReason => Exit?.Reason;

    /// <summary>
    /// Null while it runs; then true if it was told to stop or left by its own will, false if it ended otherwise.
    /// </summary>
    public bool? ExitedAfterDisconnect => Exit?.Voluntary;

    /// <summary>The error that ended its script, or null.</summary>
    public ErrorRecord? LastError => Exit?.Error;

    /// <summary>The last lines that its process wrote to stderr, at most 50.</summary>
    public IReadOnlyList<string> ErrorTail => Run?.ErrorTail ?? [];

    /// <summary>Whether messages can be sent to it. True from its start.</summary>
    public bool IsConnected => Run?.Connection.IsOpen ?? false;

    /// <summary>Whether its process has ended.</summary>
    public bool IsDead => State >= WorkerState.Exited;

    /// <summary>Messages sent to it that it has not read yet.</summary>
    public int Pending => Run?.Connection.Pending ?? 0;

    /// <summary>Messages sent to it.</summary>
    public long Sent => Run?.Connection.Sent ?? 0;

    /// <summary>Messages, output objects and records that arrived from it.</summary>
    public long Received => Run?.Connection.Received ?? 0;

    /// <summary>The bytes of the bodies that were sent to it.</summary>
    public long SentBytes => Run?.Connection.SentBytes ?? 0;

    /// <summary>The bytes of the bodies that arrived from it.</summary>
    public long ReceivedBytes => Run?.Connection.ReceivedBytes ?? 0;

    /// <summary>Memory of the process in bytes; null when it has ended.</summary>
    public long? WorkingSet => Run?.Usage?.WorkingSet;

    /// <summary>Processor time of the process; null when it has ended.</summary>
    public TimeSpan? CpuTime => Run?.Usage?.ProcessorTime;

    /// <summary>The <see cref="Id"/> as the protocol and the module have it: <see cref="OwnProcessConverter"/> says why.</summary>
    internal int Number { get; }

    internal WorkerInstance? Run { get; set; }

    internal WorkerExit? Exit
    {
        get
        {
            lock (_gate)
            {
                return _exit;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{MasterName}:{Id}";

    /// <summary>What users see of a worker.</summary>
    /// <param name="instance">The worker.</param>
    /// <returns>Always the same object for the same worker.</returns>
    internal static ClusterWorker Of(WorkerInstance instance) => instance.Worker;

    /// <summary>Moves on; what does not lead on from the present state is ignored, as such events may cross.</summary>
    /// <param name="trigger">What happens.</param>
    /// <param name="exit">How the process ended, when it did.</param>
    /// <returns>Whether the state changed.</returns>
    internal bool Advance(WorkerTrigger trigger, WorkerExit? exit = null)
    {
        lock (_gate)
        {
            if (WorkerLifeCycle.Next(_state, trigger) is not { } next)
            {
                return false;
            }

            _state = next;
            _stateSince = DateTime.Now;
            _startTime = trigger == WorkerTrigger.Start ? _stateSince : _startTime;
            _nextStart = null;
            _exit = exit ?? _exit;
            return true;
        }
    }

    Process? IOwnProcess.FindProcess()
    {
        if (ProcessId == 0 || IsDead)
        {
            return null;
        }

        try
        {
            var process = Process.GetProcessById(ProcessId);

            // While it lives its process id is not given to another process.
            return IsDead ? null : process;
        }
        catch (ArgumentException)
        {
            // It has ended in this moment.
            return null;
        }
    }
}
