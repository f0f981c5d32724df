using Cluster.Api;
using Cluster.Master;

namespace Cluster.Binding;

/// <summary>What <c>-Master</c> takes: a master or its name. PowerShell converts by the constructors.</summary>
public sealed class MasterTarget
{
    private readonly NamePattern? _pattern;

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
        _pattern = new NamePattern(name);
    }

    /// <summary>The master, or null when a name was given.</summary>
    public ClusterMaster? Master { get; }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Whether it may stand for several masters, or none.</summary>
    internal bool HasWildcards => _pattern?.HasWildcards ?? false;

    /// <summary>The masters that are meant. A master of exactly this name comes before what the name matches as wildcards.</summary>
    /// <param name="masters">The masters to choose from.</param>
    /// <returns>Those that are meant.</returns>
    internal IReadOnlyList<MasterRuntime> Among(IReadOnlyList<MasterRuntime> masters)
    {
        if (Master is not null)
        {
            return [.. masters.Where(runtime => ReferenceEquals(ClusterMaster.Of(runtime), Master))];
        }

        var exact = masters.Where(runtime => _pattern!.Is(runtime.Name)).ToArray();
        return exact.Length > 0 ? exact : [.. masters.Where(runtime => _pattern!.Matches(runtime.Name))];
    }
}
