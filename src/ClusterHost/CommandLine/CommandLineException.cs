namespace ClusterHost.CommandLine;

/// <summary>A command line that cannot be used; the message says why.</summary>
internal sealed class CommandLineException(string message) : Exception(message);
