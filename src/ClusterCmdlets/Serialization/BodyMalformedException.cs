namespace Cluster.Serialization;

/// <summary>The received bytes are not a body in this format. The only exception that reading a body throws.</summary>
/// <param name="message">What is wrong with them.</param>
/// <param name="innerException">The parser's exception, if the parser found the fault.</param>
internal sealed class BodyMalformedException(string message, Exception? innerException = null)
    : Exception(message, innerException);
