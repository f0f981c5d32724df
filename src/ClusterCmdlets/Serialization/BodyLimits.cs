namespace Cluster.Serialization;

/// <summary>The limits of a body, enforced by the writer and again by the reader.</summary>
/// <remarks>Immutable, so safe on any thread.</remarks>
internal sealed record BodyLimits
{
    /// <summary>The deepest nesting that can be allowed: reading and writing recurse, and a stack is finite.</summary>
    public const int DeepestAllowed = 256;

    /// <summary>The default limits.</summary>
    public static readonly BodyLimits Default = new();

    /// <summary>Sets both limits.</summary>
    /// <param name="maxDepth">How many arrays, maps and objects may be nested; a scalar has depth 0.</param>
    /// <param name="maxBytes">How many bytes an encoded body may have.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is not positive, or the depth is over
    /// <see cref="DeepestAllowed"/>.</exception>
    public BodyLimits(int maxDepth = 32, int maxBytes = 64 * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxDepth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDepth, DeepestAllowed);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        MaxDepth = maxDepth;
        MaxBytes = maxBytes;
    }

    /// <summary>How many arrays, maps and objects may be nested.</summary>
    public int MaxDepth { get; }

    /// <summary>The largest encoded body, in bytes.</summary>
    public int MaxBytes { get; }

    /// <summary>How many arrays and objects of JSON may be nested where values may be: a typed value is an object around
    /// its payload, and an object's properties are in one more.</summary>
    /// <param name="depth">The depth of the value.</param>
    public static int JsonDepth(int depth) => (depth * 2) + 2;
}
