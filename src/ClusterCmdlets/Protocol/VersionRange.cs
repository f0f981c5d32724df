using System.Globalization;

namespace Cluster.Protocol;

/// <summary>The versions of the protocol that one side speaks.</summary>
/// <param name="Lowest">The oldest.</param>
/// <param name="Highest">The newest.</param>
internal readonly record struct VersionRange(ushort Lowest, ushort Highest)
{
    /// <summary>The versions of <c>docs/protocol.md</c> that this code speaks.</summary>
    public static VersionRange Supported { get; } = new(1, 1);

    /// <summary>Whether a version is one of them.</summary>
    /// <param name="version">The version.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(ushort version) => version >= Lowest && version <= Highest;

    /// <summary>Chooses the newest version that both sides speak.</summary>
    /// <param name="other">The other side's versions.</param>
    /// <returns>The version, or null if there is none.</returns>
    public ushort? Choose(VersionRange other)
    {
        var newest = Math.Min(Highest, other.Highest);
        return Contains(newest) && other.Contains(newest) ? newest : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Lowest == Highest
            ? Lowest.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{Lowest} to {Highest}");
}
