namespace Cluster.Serialization;

/// <summary>A value cannot be sent as a message. Its message is meant for the user and names the path of the value at fault.</summary>
/// <param name="reason">What is wrong.</param>
/// <param name="path">Where it is wrong, such as <c>$.files[3].owner</c>; <c>$</c> is the value itself.</param>
/// <param name="problem">What is wrong, as the rest of a sentence that begins with the path.</param>
/// <param name="innerException">The exception of the user's own code that ended the reading, if there was one.</param>
internal sealed class BodyNotSerializableException(
    BodyRefusal reason, string path, string problem, Exception? innerException = null)
    : Exception($"The message cannot be sent: {path} {problem}.", innerException)
{
    /// <summary>What is wrong.</summary>
    public BodyRefusal Reason { get; } = reason;

    /// <summary>Where it is wrong, such as <c>$.files[3].owner</c>.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong, as the rest of a sentence that begins with <see cref="Path"/>.</summary>
    public string Problem { get; } = problem;
}
