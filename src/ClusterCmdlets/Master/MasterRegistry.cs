using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using Cluster.Hosting;
using Cluster.Metrics;
using Cluster.Objects;

namespace Cluster.Master;

/// <summary>
/// The masters of this process by the runspace that started them, and their end with it: runspace closed,
/// module removed, process exiting or told to by SIGTERM and SIGHUP. Thread-safe.
/// </summary>
internal static class MasterRegistry
{
    private static readonly object Gate = new();
    private static readonly List<(Guid Runspace, MasterCore Core)> Entries = [];
    private static readonly HashSet<Guid> Watched = [];
    private static PosixSignalRegistration[]? _signals;

    /// <summary>The masters of a runspace in the order of their start, stopped ones included.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <returns>A copy of the list.</returns>
    public static IReadOnlyList<MasterCore> Of(Runspace? runspace)
    {
        lock (Gate)
        {
            return [.. Entries.Where(entry => entry.Runspace == IdOf(runspace)).Select(entry => entry.Core)];
        }
    }

    /// <summary>The masters of all runspaces, stopped ones included until the next start.</summary>
    /// <returns>A copy of the list.</returns>
    public static IReadOnlyList<MasterCore> All()
    {
        lock (Gate)
        {
            return [.. Entries.Select(entry => entry.Core)];
        }
    }

    /// <summary>Adds a master.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="runspace">The runspace that starts it.</param>
    /// <returns>The master, without workers.</returns>
    /// <exception cref="ClusterException">The name is taken.</exception>
    public static MasterCore Create(MasterOptions options, Runspace? runspace)
    {
        ClusterMeter.Start();
        lock (Gate)
        {
            var id = IdOf(runspace);
            if (Entries.Exists(entry => entry.Runspace == id && entry.Core.State != ClusterMasterState.Stopped && IsNamed(entry.Core, options.Name)))
            {
                throw new ClusterException(
                    ClusterErrorId.MasterNameInUse,
                    ErrorCategory.ResourceExists,
                    $"A master named '{options.Name}' is running in this session. Stop it or choose another -Name.",
                    options.Name);
            }

            Watch(id, runspace);
            var core = new MasterCore(options);

            // A master that has ended makes room; its last messages were readable until the next start.
            Entries.RemoveAll(entry => entry.Core.State == ClusterMasterState.Stopped);
            Entries.Add((id, core));
            return core;
        }
    }

    /// <summary>A name that no master of the runspace has.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <returns><c>Cluster1</c> and so on.</returns>
    public static string NewName(Runspace? runspace)
    {
        var taken = Of(runspace).Where(core => core.State != ClusterMasterState.Stopped).ToArray();
        return Enumerable.Range(1, int.MaxValue).Select(number => $"Cluster{number}").First(name => !Array.Exists(taken, core => IsNamed(core, name)));
    }

    /// <summary>Kills the workers of a runspace's masters and waits for their end.</summary>
    /// <param name="runspace">The runspace's id.</param>
    /// <returns>Completes when they are gone.</returns>
    public static async Task StopAllAsync(Guid runspace)
    {
        MasterCore[] masters;
        lock (Gate)
        {
            masters = [.. Entries.Where(entry => entry.Runspace == runspace).Select(entry => entry.Core)];
        }

        await Task.WhenAll(masters.Select(core => core.StopAsync(drain: null, CancellationToken.None))).ConfigureAwait(false);
        lock (Gate)
        {
            // Nobody can ask for what they still hold: the runspace is closed, or the module is removed from it.
            Entries.RemoveAll(entry => masters.Contains(entry.Core));
        }
    }

    /// <summary>The key of a runspace.</summary>
    /// <param name="runspace">The runspace, or null for a thread that has none.</param>
    /// <returns>Its instance id.</returns>
    public static Guid IdOf(Runspace? runspace) => runspace?.InstanceId ?? Guid.Empty;

    private static bool IsNamed(MasterCore core, string name) => string.Equals(core.Options.Name, name, StringComparison.OrdinalIgnoreCase);

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
#pragma warning disable VSTHRD002 // Closing is synchronous, a kill ends soon, and nothing of it needs this thread.
                    StopAllAsync(id).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
                }
            };
        }
    }

    private static void OnProcessEnd()
    {
        KillAll();
        PipeDirectory.RemoveNow();
    }

    private static void KillAll()
    {
        MasterCore[] masters;
        lock (Gate)
        {
            masters = [.. Entries.Select(entry => entry.Core)];
        }

        foreach (var core in masters)
        {
            core.KillAll();
        }
    }
}
