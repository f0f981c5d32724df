using System.Management.Automation;
using Cluster.Objects;

namespace Cluster.Binding;

/// <summary>What <c>-Master</c> takes: a master or its name. PowerShell converts by the constructors.</summary>
public sealed class MasterTarget
{
    /// <summary>Names a master by itself.</summary>
    /// <param name="master">The master.</param>
    public MasterTarget(ClusterMaster master)
    {
        ArgumentNullException.ThrowIfNull(master);
        Master = master;
        Name = master.Name;
    }

    /// <summary>Names a master by its name.</summary>
    /// <param name="name">The name; wildcards where several masters are meant.</param>
    public MasterTarget(string name)
    {
        Name = name;
    }

    /// <summary>The master, or null when a name was given.</summary>
    public ClusterMaster? Master { get; }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal bool Matches(ClusterMaster master) =>
        Master is not null
            ? ReferenceEquals(Master, master)
            : WildcardPattern.Get(Name, WildcardOptions.IgnoreCase).IsMatch(master.Name);
}
