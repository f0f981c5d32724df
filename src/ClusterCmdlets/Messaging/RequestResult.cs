using System.Management.Automation;

namespace Cluster.Messaging;

/// <summary>What a request has ended with.</summary>
/// <param name="Body">The answer.</param>
/// <param name="Error">The error that it ended with, given as the answer or because there is none; null for none.</param>
internal readonly record struct RequestResult(object? Body, ErrorRecord? Error);
