using System.Management.Automation.Runspaces;

namespace Cluster.Master;

/// <summary>
/// Whom a master belongs to: who sees it without naming it, and with whom it ends. A session is a runspace; what was started
/// without one belongs to the process. Two of the same session are equal. Immutable.
/// </summary>
internal sealed class MasterOwner : IEquatable<MasterOwner>
{
    /// <summary>Weak: a session that nobody uses any more is not kept by its masters.</summary>
    private readonly WeakReference<Runspace>? _session;

    private MasterOwner(Runspace? session)
    {
        _session = session is null ? null : new WeakReference<Runspace>(session);
        Id = session?.InstanceId ?? Guid.Empty;
    }

    /// <summary>The process: its masters end with it alone.</summary>
    public static MasterOwner Process { get; } = new(null);

    /// <summary>The session's id; empty for the process.</summary>
    public Guid Id { get; }

    /// <summary>The owner of what is started in a session.</summary>
    /// <param name="session">The runspace; null for a thread that has none.</param>
    /// <returns>The owner.</returns>
    public static MasterOwner Of(Runspace? session) => session is null ? Process : new MasterOwner(session);

    /// <summary>Calls back when the owner ends before the process does.</summary>
    /// <param name="end">Called on the thread that ends it, which waits.</param>
    public void OnEnd(Action end)
    {
        if (_session is not null && _session.TryGetTarget(out var session))
        {
            session.StateChanged += (_, change) =>
            {
                if (change.RunspaceStateInfo.State is RunspaceState.Closing or RunspaceState.Broken)
                {
                    end();
                }
            };
        }
    }

    /// <inheritdoc/>
    public bool Equals(MasterOwner? other) => other is not null && other.Id == Id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MasterOwner);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();
}
