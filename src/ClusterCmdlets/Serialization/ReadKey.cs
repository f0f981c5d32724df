namespace Cluster.Serialization;

/// <summary>The name of a property that has been read and is likely to recur.</summary>
/// <param name="text">The name.</param>
/// <param name="utf8">Its bytes, empty where it is not compared.</param>
/// <remarks>One thread at a time.</remarks>
internal sealed class ReadKey(string text, byte[] utf8)
{
    /// <summary>The name.</summary>
    public string Text { get; } = text;

    /// <summary>Its bytes.</summary>
    public byte[] Utf8 { get; } = utf8;

    /// <summary>Whether the engine knows the name: <see cref="ObjectAssembler"/>.</summary>
    public bool IsAnnounced { get; set; }
}
