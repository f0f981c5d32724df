using Cluster.Hosting;

namespace Cluster.UnitTests.Machines;

/// <summary>A test that starts a server of SSH on a port of its own.</summary>
public sealed class SshFactAttribute : FactAttribute
{
    private static readonly string[] Programs = ["ssh", "sshd", "ssh-keygen"];

    public SshFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "The service of Windows has only the port that it has.";
        }
        else if (Programs.FirstOrDefault(name => ProgramPath.Find(name) is null) is { } missing)
        {
            Skip = $"{missing} is not installed.";
        }
    }
}
