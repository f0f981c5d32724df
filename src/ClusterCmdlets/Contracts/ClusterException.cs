using System.Management.Automation;

namespace Cluster.Contracts;

/// <summary>
/// Something that the module reports to its user, with all that an error record needs. Thrown by the
/// inner classes, turned into an <see cref="ErrorRecord"/> by the cmdlets.
/// </summary>
public sealed class ClusterException : Exception, IContainsErrorRecord
{
    /// <summary>Creates an exception without a message.</summary>
    public ClusterException()
        : this(ClusterErrorId.ProtocolError, ErrorCategory.NotSpecified, "The cluster failed.")
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">What happened.</param>
    public ClusterException(string message)
        : this(ClusterErrorId.ProtocolError, ErrorCategory.NotSpecified, message)
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public ClusterException(string message, Exception innerException)
        : this(ClusterErrorId.ProtocolError, ErrorCategory.NotSpecified, message, inner: innerException)
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="errorId">One of <see cref="ClusterErrorId"/>.</param>
    /// <param name="category">The kind of failure.</param>
    /// <param name="message">What happened and what to do about it.</param>
    /// <param name="target">What it happened to.</param>
    /// <param name="inner">Why it happened.</param>
    public ClusterException(string errorId, ErrorCategory category, string message, object? target = null, Exception? inner = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        Category = category;
        Target = target;
    }

    /// <summary>One of <see cref="ClusterErrorId"/>.</summary>
    public string ErrorId { get; }

    /// <summary>The kind of failure.</summary>
    public ErrorCategory Category { get; }

    /// <summary>What it happened to.</summary>
    public object? Target { get; internal set; }

    /// <summary>The worker's own error, when that is the cause.</summary>
    public ErrorRecord? WorkerError { get; init; }

    /// <summary>The record that cmdlets write.</summary>
    public ErrorRecord ErrorRecord => new(this, ErrorId, Category, Target);
}
