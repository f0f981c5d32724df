namespace Cluster.Serialization;

/// <summary>The part of a <see cref="NameTracker"/> that belongs to one map.</summary>
internal struct NameScope
{
    /// <summary>Where the names of this map begin.</summary>
    public int Start;

    /// <summary>The names as a set, once there are too many to compare one by one.</summary>
    public HashSet<string>? Many;
}
