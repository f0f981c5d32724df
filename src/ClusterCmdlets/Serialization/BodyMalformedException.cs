namespace Cluster.Serialization;

/// <summary>Received bytes are not a body in this format. The only exception that reading a body throws.</summary>
/// <param name="message">What is wrong with them.</param>
/// <param name="innerException">The parser's exception, if it was the one to notice.</param>
internal sealed class BodyMalformedException(string message, Exception? innerException = null)
    : Exception(message, innerException);
