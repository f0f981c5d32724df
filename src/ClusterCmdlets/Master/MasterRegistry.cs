using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Metrics;
using Cluster.Protocol;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Master;

/// <summary>
/// The masters of this process by the runspace that started them, and their end with it: runspace closed,
/// module removed, process exiting or told to by SIGTERM and SIGHUP. Thread-safe.
/// </summary>
internal static class MasterRegistry
{
    /// <summary>What the end of the process, or of a runspace, waits for at most.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(3);

    /// <summary>How long workers may take to be gone after their grace period before they are killed once more.</summary>
    private static readonly TimeSpan KillTime = TimeSpan.FromMilliseconds(300);

    /// <summary>For changes of the list alone: whoever ends the process must not wait for it.</summary>
    private static readonly object Gate = new();
    private static readonly HashSet<Guid> Watched = [];
    private static volatile (Guid Runspace, MasterRuntime Runtime)[] _entries = [];
    private static PosixSignalRegistration[]? _signals;

    /// <summary>The masters of a runspace in the order of their start, stopped ones included.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <returns>A copy of the list.</returns>
    public static IReadOnlyList<MasterRuntime> Of(Runspace? runspace) => Of(IdOf(runspace));

    /// <summary>The masters of all runspaces, stopped ones included until the next start.</summary>
    /// <returns>A copy of the list.</returns>
    public static IReadOnlyList<MasterRuntime> All() => [.. _entries.Select(entry => entry.Runtime)];

    /// <summary>Adds a master.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="runspace">The runspace that starts it.</param>
    /// <returns>The master, without workers.</returns>
    /// <exception cref="ClusterException">The name is taken, or the temp directory cannot be used.</exception>
    public static MasterRuntime Create(MasterOptions options, Runspace? runspace)
    {
        ClusterMeter.Start(() => All().Select(runtime => runtime.Totals));

        // Without the lock, which the end of the process needs: a file system may take its time.
        var directory = PipeDirectory.Use();
        try
        {
            return Create(options, runspace, directory);
        }
        catch
        {
            directory.Release();
            throw;
        }
    }

    /// <summary>A name that no master of the runspace has.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <returns><c>Cluster1</c> and so on.</returns>
    public static string NewName(Runspace? runspace)
    {
        var taken = Of(runspace).Where(runtime => runtime.State != ClusterMasterState.Stopped).ToArray();
        return Enumerable.Range(1, int.MaxValue).Select(number => $"Cluster{number}").First(name => !Array.Exists(taken, runtime => IsNamed(runtime, name)));
    }

    /// <summary>Ends the masters of a runspace: <see cref="MasterRuntime.EndAsync"/>.</summary>
    /// <param name="runspace">The runspace's id.</param>
    /// <returns>Completes when every process and every file of them is gone.</returns>
    public static async Task EndAllAsync(Guid runspace)
    {
        var masters = Of(runspace);
        await EndAllAsync(masters).ConfigureAwait(false);
        lock (Gate)
        {
            // Nobody can ask for what they still hold: the runspace is closed, or the module is removed from it.
            _entries = [.. _entries.Where(entry => !masters.Contains(entry.Runtime))];
        }
    }

    /// <summary>The key of a runspace.</summary>
    /// <param name="runspace">The runspace, or null for a thread that has none.</param>
    /// <returns>Its instance id.</returns>
    public static Guid IdOf(Runspace? runspace) => runspace?.InstanceId ?? Guid.Empty;

    private static MasterRuntime[] Of(Guid runspace) => [.. _entries.Where(entry => entry.Runspace == runspace).Select(entry => entry.Runtime)];

    private static Task EndAllAsync(IEnumerable<MasterRuntime> masters) => Task.WhenAll(masters.Select(runtime => runtime.EndAsync()));

    private static MasterRuntime Create(MasterOptions options, Runspace? runspace, PipeDirectory directory)
    {
        lock (Gate)
        {
            var id = IdOf(runspace);
            if (Array.Exists(_entries, entry => entry.Runspace == id && entry.Runtime.State != ClusterMasterState.Stopped && IsNamed(entry.Runtime, options.Name)))
            {
                throw new ClusterException(
                    ClusterErrorId.MasterNameInUse,
                    ErrorCategory.ResourceExists,
                    $"A master named '{options.Name}' is running in this session. Stop it or choose another -Name.",
                    options.Name);
            }

            Watch(id, runspace);
            var runtime = new MasterRuntime(options, directory);

            // A master that has ended makes room; its last messages were readable until the next start.
            _entries = [.. _entries.Where(entry => entry.Runtime.State != ClusterMasterState.Stopped), (id, runtime)];
            return runtime;
        }
    }

    private static bool IsNamed(MasterRuntime runtime, string name) => string.Equals(runtime.Options.Name, name, StringComparison.OrdinalIgnoreCase);

    private static void Watch(Guid id, Runspace? runspace)
    {
        if (_signals is null)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => OnProcessEnd();
            _signals =
            [
                // From .NET 10 on these end the process without ProcessExit. The default action follows.
                PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => OnProcessEnd()),
                PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => OnProcessEnd()),
            ];
        }

        if (runspace is not null && Watched.Add(id))
        {
            runspace.StateChanged += (_, change) =>
            {
                if (change.RunspaceStateInfo.State is RunspaceState.Closing or RunspaceState.Broken)
                {
                    // Closing is synchronous. What fails or hangs here must not keep the runspace, and with it the process, from ending.
#pragma warning disable VSTHRD002 // Nothing of it needs this thread.
                    Task.WaitAny([EndAllAsync(id)], EndTime);
#pragma warning restore VSTHRD002
                }
            };
        }
    }

    /// <summary>
    /// On threads of their own, since both take locks that others may hold, and one needs a disk: whatever holds them up must not
    /// keep the process from ending. Workers that are not reached see the end of their pipe; files that stay are swept by the
    /// next start.
    /// </summary>
    private static void OnProcessEnd()
    {
        Thread[] ends = [new(EndWorkers), new(RemoveFiles)];
        foreach (var end in ends)
        {
            end.IsBackground = true;
            end.Start();
        }

        var deadline = Deadline.After(EndTime);
        foreach (var end in ends)
        {
            end.Join(deadline.Remaining);
        }
    }

    private static void EndWorkers()
    {
        var masters = All();
#pragma warning disable VSTHRD002 // Nothing of it needs this thread.
        Task.WaitAny([EndAllAsync(masters)], GracePeriod.Time + KillTime);
#pragma warning restore VSTHRD002
        foreach (var runtime in masters)
        {
            runtime.KillAll();
        }
    }

    /// <summary>At once: those that are connected have no file any more, and no other is to connect.</summary>
    private static void RemoveFiles()
    {
        try
        {
            PipeDirectory.RemoveNow();
        }
        catch (ClusterException exception)
        {
            // No pipeline is left that could report it.
            Console.Error.WriteLine(exception.Message);
        }
    }
}
