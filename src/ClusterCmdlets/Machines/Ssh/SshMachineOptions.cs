namespace Cluster.Machines.Ssh;

/// <summary>How another machine is reached by SSH. Immutable.</summary>
internal sealed record SshMachineOptions
{
    /// <summary>Its name or address, or a name of the user's SSH configuration.</summary>
    public required string HostName { get; init; }

    /// <summary>The user there; null for what SSH's configuration says.</summary>
    public string? UserName { get; init; }

    /// <summary>The port; null for what SSH's configuration says.</summary>
    public int? Port { get; init; }

    /// <summary>The file of the private key; null for those that SSH tries.</summary>
    public string? KeyFilePath { get; init; }

    /// <summary>The program of PowerShell there: a name on the path, or a full path.</summary>
    public string HostPath { get; init; } = "pwsh";

    /// <summary>Options of SSH, as in its configuration file: <c>StrictHostKeyChecking</c>, say.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}
