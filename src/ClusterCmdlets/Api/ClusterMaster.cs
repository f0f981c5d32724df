using Cluster.Contracts;
using Cluster.Master;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.Api;

/// <summary>
/// A master: owner of a pool of worker processes. Live: its properties change as things happen. Thread-safe.
/// </summary>
public sealed class ClusterMaster
{
    internal ClusterMaster(MasterRuntime runtime)
    {
        Runtime = runtime;
        StartTime = DateTime.Now;
    }

    /// <summary>
    /// Raised for everything that happens to the master and its workers, on the thread that has learnt of it. A handler
    /// must return quickly and must not wait for workers; from scripts use <c>Register-ObjectEvent</c>. Its queue is
    /// PowerShell's own, and nothing bounds it: <c>Receive-ClusterEvent</c> reads one that is bounded.
    /// </summary>
    public event EventHandler<ClusterEvent>? Event;

    /// <summary>
    /// Raised for every message of a worker as it arrives, on the thread that reads its pipe, which may be one that waits in a
    /// command. While there is a handler, messages go to it and not to <c>Receive-WorkerMessage</c>. A handler must not wait
    /// for that worker. While it runs, the worker's unread messages gather as usual and then hold the worker back.
    /// <c>Register-ObjectEvent</c> does not: PowerShell puts every message into a queue of its own at once, which nothing
    /// bounds. It is for few messages; <c>Receive-WorkerMessage</c> is for many.
    /// </summary>
    public event EventHandler<WorkerMessageEventArgs>? Message;

    /// <summary>Unique among the running masters of a session.</summary>
    public string Name => Runtime.Options.Name;

    /// <summary>Where it is in its life.</summary>
    public ClusterMasterState State => Runtime.State;

    /// <summary>Workers that it was asked to run.</summary>
    public int WorkerCount => Runtime.Options.WorkerCount;

    /// <summary>The workers that have not exited.</summary>
    public IReadOnlyList<ClusterWorker> Workers => Runtime.Workers.Live().Select(instance => instance.Worker).ToArray();

    /// <summary>The script file that its workers run, or null.</summary>
    public string? ScriptPath => Runtime.Options.Launch.ScriptPath;

    /// <summary>The text of the script block that its workers run, or null.</summary>
    public string? ScriptBlock => Runtime.Options.Launch.ScriptText;

    /// <summary>The arguments of the script.</summary>
    public IReadOnlyList<object?> ArgumentList => Runtime.Options.Launch.Arguments;

    /// <summary>Which workers are started anew after their end.</summary>
    public RestartMode RestartPolicy => Runtime.Options.Restart.Mode;

    /// <summary>Restarts of a slot within the window before it is given up.</summary>
    public int MaxRestarts => Runtime.Options.Restart.MaxRestarts;

    /// <summary>Messages that a worker may read before it is replaced; null for any number.</summary>
    public long? MaxTasks => Runtime.Options.Recycle.MaxTasks;

    /// <summary>Memory in bytes that a worker may use before it is replaced; null for any.</summary>
    public long? MaxMemory => Runtime.Options.Recycle.MaxMemory;

    /// <summary>How long a worker may be ready before it is replaced; null for ever.</summary>
    public TimeSpan? MaxAge => Runtime.Options.Recycle.MaxAge;

    /// <summary>The program that runs its workers.</summary>
    public string HostPath => Runtime.Options.HostPath;

    /// <summary>The directory that its workers start in.</summary>
    public string WorkingDirectory => Runtime.Options.Launch.WorkingDirectory;

    /// <summary>This process.</summary>
    public int ProcessId { get; } = Environment.ProcessId;

    /// <summary>When it was started, local time.</summary>
    public DateTime StartTime { get; }

    /// <summary>Stream records of its workers that nobody read and that were dropped, the oldest first.</summary>
    public long DroppedRecords => Runtime.Inbox.DroppedRecords;

    internal MasterRuntime Runtime { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Gives a message to the handlers, if there are any.</summary>
    internal bool RaiseMessage(WorkerConnection channel, in Frame frame)
    {
        if (Message is not { } handlers)
        {
            return false;
        }

        var message = new WorkerMessageEventArgs(MessageBodies.ToMessage(channel, frame, MessageBodies.DecodeOrNull(frame)));
        Guard(() => handlers(this, message));
        channel.ReturnCredit(frame);
        return true;
    }

    internal void Raise(ClusterEvent happened)
    {
        if (Event is { } handlers)
        {
            Guard(() => handlers(this, happened));
        }
    }

    /// <summary>
    /// Handlers are the user's and run on the module's threads: what they throw is reported and harms nothing else.
    /// </summary>
    private void Guard(Action handlers)
    {
        try
        {
            handlers();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Runtime.OnHandlerFailed(exception);
        }
    }
}
