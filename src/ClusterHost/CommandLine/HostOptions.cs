using System.Management.Automation.Runspaces;

namespace ClusterHost.CommandLine;

/// <summary>The parsed command line.</summary>
internal sealed class HostOptions
{
    /// <summary>What to do.</summary>
    public HostAction Action { get; set; } = HostAction.ShowHelp;

    /// <summary>Full path of the script for <see cref="HostAction.RunFile"/>.</summary>
    public string ScriptPath { get; set; } = "";

    /// <summary>Text for <see cref="HostAction.RunCommand"/>.</summary>
    public string CommandText { get; set; } = "";

    /// <summary>Arguments for the script or the command.</summary>
    public List<CommandParameter> Arguments { get; } = [];

    /// <summary>Whether prompts are refused.</summary>
    public bool NonInteractive { get; set; }

    /// <summary>The execution policy asked for, or null for the host's own (Bypass).</summary>
    public string? ExecutionPolicy { get; set; }

    /// <summary>The first location, or null for the process's own.</summary>
    public string? WorkingDirectory { get; set; }
}
