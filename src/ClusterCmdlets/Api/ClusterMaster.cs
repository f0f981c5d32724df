using System.Runtime.CompilerServices;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Master;
using Cluster.Messaging;

namespace Cluster.Api;

/// <summary>
/// A master: owner of a pool of worker processes. Live: its properties change as things happen. Thread-safe.
/// </summary>
public sealed class ClusterMaster
{
    private static readonly ConditionalWeakTable<MasterRuntime, ClusterMaster> Views = [];

    private readonly object _gate = new();
    private readonly MessagePump _pump;
    private EventHandler<WorkerMessageEventArgs>? _message;

    private ClusterMaster(MasterRuntime runtime)
    {
        Runtime = runtime;
        _pump = new MessagePump(runtime.Inbox);
        runtime.Happened += Raise;
    }

    /// <summary>
    /// Raised for everything that happens to the master and its workers, on the thread that has learnt of it. A handler
    /// must return quickly and must not wait for workers; from scripts use <c>Register-ObjectEvent</c>. Nothing is queued for it,
    /// and <c>Receive-ClusterEvent</c> reads the same events beside it.
    /// </summary>
    public event EventHandler<ClusterEvent>? Event;

    /// <summary>
    /// Raised for every message of a worker, one after the other, on a thread of its own. While there is a handler, messages go
    /// to it and not to <c>Receive-WorkerMessage</c>, those that have arrived before it first. A message counts as read when all
    /// handlers have returned: those behind it wait in the master's queue and, when that is full, hold their senders back.
    /// <c>Register-ObjectEvent</c> returns at once: PowerShell puts every message into a queue of its own, which nothing bounds
    /// until <c>Remove-Event</c>. It is for few messages; <c>Receive-WorkerMessage</c> is for many.
    /// </summary>
    public event EventHandler<WorkerMessageEventArgs>? Message
    {
        add => SetHandlers(handlers => handlers + value);
        remove => SetHandlers(handlers => handlers - value);
    }

    /// <summary>Unique among the running masters of a session.</summary>
    public string Name => Runtime.Name;

    /// <summary>Where it is in its life.</summary>
    public ClusterMasterState State => Runtime.State;

    /// <summary>Workers that it was asked to run.</summary>
    public int WorkerCount => Runtime.Options.WorkerCount;

    /// <summary>The workers that have not exited.</summary>
    public IReadOnlyList<ClusterWorker> Workers => Runtime.Workers.Live().Select(ClusterWorker.Of).ToArray();

    /// <summary>
    /// What another machine gives to <c>Join-ClusterMaster</c>; null unless the master was started with <c>-Listen</c>. It holds a password: whoever has it can join, and read
    /// what the machines are told to run.
    /// </summary>
    public string? JoinTicket => Runtime.Ticket?.ToText();

    /// <summary>The script file that its workers run, or null.</summary>
    public string? ScriptPath => Runtime.Options.Host.Paths.ScriptPath;

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
    public string HostPath => Runtime.Options.Host.HostPath;

    /// <summary>The directory that its workers start in.</summary>
    public string WorkingDirectory => Runtime.Options.Host.Paths.WorkingDirectory;

    /// <summary>This process.</summary>
    public int ProcessId { get; } = Environment.ProcessId;

    /// <summary>When it was started, local time.</summary>
    public DateTime StartTime => Runtime.StartTime.ToLocalTime();

    /// <summary>Stream records of its workers that nobody read and that were dropped, the oldest first.</summary>
    public long DroppedRecords => Runtime.Inbox.DroppedRecords;

    internal MasterRuntime Runtime { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>What users see of a master.</summary>
    /// <param name="runtime">The master.</param>
    /// <returns>Always the same object for the same master.</returns>
    internal static ClusterMaster Of(MasterRuntime runtime) => Views.GetValue(runtime, static key => new ClusterMaster(key));

    private void SetHandlers(Func<EventHandler<WorkerMessageEventArgs>?, EventHandler<WorkerMessageEventArgs>?> change)
    {
        lock (_gate)
        {
            _message = change(_message);
            var handlers = _message;
            _pump.SetHandler(handlers is null ? null : item => Raise(handlers, item));
        }
    }

    private void Raise(EventHandler<WorkerMessageEventArgs> handlers, InboxItem item)
    {
        try
        {
            MessageHandles.Take(item, CancellationToken.None);
        }
        catch (ClusterException exception)
        {
            Runtime.OnHandlerFailed(exception);
        }

        Raise(handlers, new WorkerMessageEventArgs(WorkerMessage.Of(item, MessageBodies.DecodeOrNull(item.Frame))));
        if (!item.IsCredited)
        {
            item.Source.ReturnCredit(item.Frame);
        }
    }

    private void Raise(EventEntry happened)
    {
        if (Event is { } handlers)
        {
            Raise(handlers, new ClusterEvent(happened, Name));
        }
    }

    /// <summary>
    /// Handlers are the user's and run on the module's threads: what one throws is reported, and harms neither the others nor
    /// anything else.
    /// </summary>
    private void Raise<T>(EventHandler<T> handlers, T arguments)
    {
        foreach (var handler in handlers.GetInvocationList().Cast<EventHandler<T>>())
        {
            try
            {
                handler(this, arguments);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                Runtime.OnHandlerFailed(exception);
            }
        }
    }
}
