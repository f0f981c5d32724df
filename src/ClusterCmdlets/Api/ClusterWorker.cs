using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;

namespace Cluster.Api;

/// <summary>
/// One worker of a master. Live: its properties change as the process does. Thread-safe.
/// </summary>
[TypeConverter(typeof(OwnProcessConverter))]
public sealed class ClusterWorker : IOwnProcess
{
    /// <summary>One view for each worker, so that users may compare and keep them; gone with the worker.</summary>
    private static readonly ConditionalWeakTable<WorkerInstance, ClusterWorker> Views = [];

    private ClusterWorker(WorkerInstance instance)
    {
        Instance = instance;
    }

    /// <summary>
    /// Counts the master's workers from 1; never used twice. Not the <see cref="ProcessId"/>. A long, so that it is never taken
    /// for the id of a process; as the key of a hashtable it differs from the int of the same value: <c>@{ 1L = 'first' }</c>.
    /// </summary>
    public long Id => Instance.Id;

    /// <summary>The place among the master's workers, from 0.</summary>
    public int Slot => Instance.SlotNumber;

    /// <summary>The name of the master that it belongs to.</summary>
    public string MasterName => Instance.MasterName;

    /// <summary>The name of the machine that it runs on.</summary>
    public string ComputerName => Instance.ComputerName;

    /// <summary>The process id; 0 until the process is there.</summary>
    public int ProcessId => Instance.Status.ProcessId;

    /// <summary>Where it is in its life.</summary>
    public WorkerState State => Instance.State;

    /// <summary>Since when it is in that state, local time.</summary>
    public DateTime StateSince => Instance.Status.StateSince;

    /// <summary>When it was started, local time; while it waits for that, when it was put in its slot.</summary>
    public DateTime StartTime => Instance.Status.StartTime;

    /// <summary>How often its slot was restarted after a failure before it.</summary>
    public int Restarts => Instance.Restarts;

    /// <summary>When it will be started, local time; null unless it waits for that.</summary>
    public DateTime? NextStart => Instance.Status.NextStart;

    /// <summary>The process's exit code; null while it runs and when a signal ended it.</summary>
    public int? ExitCode => Instance.Status.Exit?.Code;

    /// <summary>The signal that ended the process (<c>SIGKILL</c>), or null.</summary>
    public string? Signal => Instance.Status.Exit?.Signal;

    /// <summary>Why the process ended; null while it runs.</summary>
    public WorkerExitReason? ExitReason => Instance.Status.Exit?.Reason;

    /// <summary>
    /// Null while it runs; then true if it was told to stop or announced that it was exiting, false if it ended otherwise.
    /// </summary>
    public bool? ExitedAfterDisconnect => Instance.Status.Exit?.Voluntary;

    /// <summary>The error that ended its script, or null.</summary>
    public ErrorRecord? LastError => Instance.Status.Exit?.Error;

    /// <summary>The last lines that its process wrote to stderr, at most 50.</summary>
    public IReadOnlyList<string> ErrorTail => Instance.ErrorTail;

    /// <summary>Whether messages can be sent to it. True from its start.</summary>
    public bool IsConnected => Instance.Connection.IsOpen;

    /// <summary>Whether its process has ended.</summary>
    public bool IsDead => Instance.Status.IsDead;

    /// <summary>Messages sent to it that it has not read yet.</summary>
    public int Pending => Instance.Connection.Pending;

    /// <summary>Messages sent to it.</summary>
    public long Sent => Instance.Connection.Sent;

    /// <summary>Messages, output objects and records that arrived from it.</summary>
    public long Received => Instance.Connection.Received;

    /// <summary>The bytes of the bodies that were sent to it.</summary>
    public long SentBytes => Instance.Connection.SentBytes;

    /// <summary>The bytes of the bodies that arrived from it.</summary>
    public long ReceivedBytes => Instance.Connection.ReceivedBytes;

    /// <summary>Memory of the process in bytes; null when it has ended.</summary>
    public long? WorkingSet => Instance.Usage?.WorkingSet;

    /// <summary>Processor time of the process; null when it has ended.</summary>
    public TimeSpan? CpuTime => Instance.Usage?.ProcessorTime;

    /// <summary>The ports that it serves, such as <c>127.0.0.1:8080</c> or the path of a Unix socket; the real ones.</summary>
    public IReadOnlyList<string> Endpoints => MasterRuntime.Of(Instance).Ports.PortsOf(Instance);

    internal WorkerInstance Instance { get; }

    /// <inheritdoc/>
    public override string ToString() => Instance.ToString();

    /// <summary>The view of a worker: always the same object.</summary>
    internal static ClusterWorker Of(WorkerInstance instance) => Views.GetValue(instance, static worker => new ClusterWorker(worker));

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
