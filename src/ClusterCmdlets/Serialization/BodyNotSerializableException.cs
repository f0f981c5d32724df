namespace Cluster.Serialization;

/// <summary>A value cannot be sent as a message. Its text is fit for the user and names the path of the culprit.</summary>
/// <param name="reason">What is wrong.</param>
/// <param name="path">Where it is wrong, such as <c>$.files[3].owner</c>; <c>$</c> is the value itself.</param>
/// <param name="message">The text, which names the path too.</param>
/// <param name="innerException">The exception of the user's own code that stopped the reading, if one did.</param>
internal sealed class BodyNotSerializableException(
    BodyRefusal reason, string path, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What is wrong.</summary>
    public BodyRefusal Reason { get; } = reason;

    /// <summary>Where it is wrong, such as <c>$.files[3].owner</c>.</summary>
    public string Path { get; } = path;
}
