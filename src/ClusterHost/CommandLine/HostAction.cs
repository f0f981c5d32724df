namespace ClusterHost.CommandLine;

/// <summary>What the command line asks the host to do.</summary>
internal enum HostAction
{
    /// <summary>Run a script file.</summary>
    RunFile,

    /// <summary>Run a command text.</summary>
    RunCommand,

    /// <summary>Run the commands that come in by standard input.</summary>
    RunStandardInput,

    /// <summary>Print the usage.</summary>
    ShowHelp,

    /// <summary>Print the version.</summary>
    ShowVersion,
}
