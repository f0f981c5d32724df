using System.Management.Automation;
using System.Runtime.InteropServices;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Metrics;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.Master;

/// <summary>
/// The masters of this process, and their end with their owner: runspace closed, module removed, process exiting or told to by
/// SIGTERM and SIGHUP. Thread-safe; looking at them takes no lock, so that the end of the process never waits for one.
/// </summary>
internal static class MasterRegistry
{
    /// <summary>What the end of the process, or of a session, waits for at most.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(3);

    /// <summary>How long workers may take to be gone after their grace period before they are killed once more.</summary>
    private static readonly TimeSpan KillTime = TimeSpan.FromMilliseconds(300);

    /// <summary>For changes of the list alone: the end of the process does not wait for it.</summary>
    private static readonly object Gate = new();
    private static readonly HashSet<Guid> Watched = [];
    private static volatile MasterRuntime[] _masters = [];
    private static PosixSignalRegistration[]? _signals;

    /// <summary>The masters of all owners, stopped ones included until the next start, in the order of their start.</summary>
    /// <returns>The list at this moment.</returns>
    public static IReadOnlyList<MasterRuntime> All() => _masters;

    /// <summary>The masters of an owner in the order of their start, stopped ones included.</summary>
    /// <param name="owner">The owner.</param>
    /// <returns>A copy of the list.</returns>
    public static IReadOnlyList<MasterRuntime> Of(MasterOwner owner) => [.. _masters.Where(runtime => runtime.Owner.Equals(owner))];

    /// <summary>Adds a master.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="owner">Whom it belongs to.</param>
    /// <returns>The master, without workers.</returns>
    /// <exception cref="ClusterException">The name is taken, or the temp directory cannot be used.</exception>
    public static MasterRuntime Create(MasterOptions options, MasterOwner owner)
    {
        // A session starts one master after the other: nothing else takes the name meanwhile.
        if (Of(owner).Any(runtime => runtime.State != ClusterMasterState.Stopped && IsNamed(runtime, options.Name)))
        {
            throw new ClusterException(
                ClusterErrorId.MasterNameInUse,
                ErrorCategory.ResourceExists,
                $"A master named '{options.Name}' is running in this session. Stop it or choose another -Name.",
                options.Name);
        }

        lock (Gate)
        {
            Watch(owner);
        }

        // Without the lock: a file system may take its time, for the sockets and for the log.
        ClusterMeter.Start(static () => All().Select(runtime => runtime.Totals));
        var directory = PipeDirectory.Use();
        try
        {
            var created = new MasterRuntime(
                options, owner, directory.Release, static (host, onLine, onRefused) => new LocalProcess(host, onLine, onRefused));
            lock (Gate)
            {
                // A master that has ended makes room; its last messages were readable until the next start.
                _masters = [.. _masters.Where(runtime => runtime.State != ClusterMasterState.Stopped), created];
            }

            return created;
        }
        catch
        {
            directory.Release();
            throw;
        }
    }

    /// <summary>A name that no master of the owner has.</summary>
    /// <param name="owner">The owner.</param>
    /// <returns><c>Cluster1</c> and so on.</returns>
    public static string NewName(MasterOwner owner)
    {
        var taken = Of(owner).Where(runtime => runtime.State != ClusterMasterState.Stopped).ToArray();
        return Enumerable.Range(1, int.MaxValue).Select(number => $"Cluster{number}").First(name => !Array.Exists(taken, runtime => IsNamed(runtime, name)));
    }

    /// <summary>Ends the masters of an owner: <see cref="MasterRuntime.EndAsync"/>.</summary>
    /// <param name="owner">The owner.</param>
    /// <returns>Completes when every process and every file of them is gone.</returns>
    public static async Task EndAllAsync(MasterOwner owner)
    {
        var masters = Of(owner);
        try
        {
            await EndAllAsync(masters).ConfigureAwait(false);
        }
        finally
        {
            lock (Gate)
            {
                // Nobody can ask for what they still hold: the session is closed, or the module is removed from it.
                _masters = [.. _masters.Where(runtime => !masters.Contains(runtime))];
            }
        }
    }

    private static Task EndAllAsync(IEnumerable<MasterRuntime> masters) => Task.WhenAll(masters.Select(runtime => runtime.EndAsync()));

    private static bool IsNamed(MasterRuntime runtime, string name) => string.Equals(runtime.Name, name, StringComparison.OrdinalIgnoreCase);

    private static void Watch(MasterOwner owner)
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

        if (Watched.Add(owner.Id))
        {
            owner.OnEnd(() =>
            {
                // Closing is synchronous. What fails or hangs here must not keep the session, and with it the process, from ending.
#pragma warning disable VSTHRD002 // Nothing of it needs this thread.
                Task.WaitAny([EndAllAsync(owner)], EndTime);
#pragma warning restore VSTHRD002
            });
        }
    }

    /// <summary>
    /// Workers and files on threads of their own, since both take locks that others may hold, and one needs a disk: what holds
    /// them up must not keep the process from ending. The last kill takes no lock under which anything is called. Workers that it does not reach see the end of
    /// their pipe; files that stay are swept by the next start.
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

        foreach (var runtime in _masters)
        {
            runtime.KillAll();
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

        foreach (var runtime in masters)
        {
            runtime.FlushLog();
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
