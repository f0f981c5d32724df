namespace Cluster.Serialization;

/// <summary>Tells the writer of a body, who knows the path, that the encoded text has reached its limit.</summary>
internal sealed class Utf8LimitException() : Exception("The encoded text is over its limit.");
