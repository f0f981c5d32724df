using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Cluster.Contracts;

namespace Cluster.Machines.Ssh;

/// <summary>
/// The arguments of <c>ssh</c>. Whatever a user gives stays the value that it is meant to be: it can become neither an option of SSH
/// nor a command of the other machine.
/// </summary>
internal static partial class SshCommand
{
    /// <summary>Makes the arguments.</summary>
    /// <param name="options">How the machine is reached.</param>
    /// <param name="serverPort">The port of the message server on this machine.</param>
    /// <param name="workerCount">How many workers; null for as many as the other machine has processors.</param>
    /// <returns>The arguments, each as it is.</returns>
    /// <exception cref="ClusterException">Something of it cannot be used.</exception>
    public static IReadOnlyList<string> Arguments(SshMachineOptions options, int serverPort, int? workerCount)
    {
        Check(options.HostName, Name(), "name of the machine", options);
        List<string> arguments =
        [
            "-T",
            "-o", "BatchMode=yes",
            "-o", "ExitOnForwardFailure=yes",
            "-o", "ServerAliveInterval=2",
            "-o", "ServerAliveCountMax=3",
            "-o", "ControlMaster=no",
            "-o", "ControlPath=none",
            "-o", "LogLevel=INFO",
            "-R", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0:127.0.0.1:{serverPort}"),
        ];
        if (options.Port is { } port)
        {
            arguments.AddRange(["-p", port.ToString(CultureInfo.InvariantCulture)]);
        }

        if (options.KeyFilePath is { } key)
        {
            arguments.AddRange(["-i", Path.GetFullPath(key)]);
        }

        foreach (var (name, value) in options.Options)
        {
            Check(name, OptionName(), "name of an SSH option", options);
            Check(value, Line(), $"value of the SSH option '{name}'", options);
            arguments.AddRange(["-o", $"{name}={value}"]);
        }

        if (options.UserName is { } user)
        {
            Check(user, Name(), "name of the user", options);
            arguments.AddRange(["-l", user]);
        }

        arguments.AddRange(["--", options.HostName, RemoteCommand(options, workerCount)]);
        return arguments;
    }

    /// <summary>
    /// The command, which sh, cmd and PowerShell understand alike. A shell of Unix would take what is between double quotes for a name of
    /// a variable or a command where it has a dollar or a backquote: there is neither.
    /// </summary>
    private static string RemoteCommand(SshMachineOptions options, int? workerCount)
    {
        Check(options.HostPath, HostPath(), "path of the host", options);
        // PowerShell as the login shell would take a path in quotes for a text, and has no sign for a call that the other shells know.
        var host = options.HostPath.AsSpan().IndexOfAny(" ()") >= 0 ? $"\"{options.HostPath}\"" : options.HostPath;
        var count = workerCount is { } workers ? string.Create(CultureInfo.InvariantCulture, $" -WorkerCount {workers}") : string.Empty;
        return $"{host} -NoLogo -NoProfile -NonInteractive -Command \"Import-Module Cluster -ErrorAction Stop; Join-ClusterMaster -FromStandardInput{count}\"";
    }

    private static void Check(string value, Regex allowed, string what, SshMachineOptions options)
    {
        if (!allowed.IsMatch(value))
        {
            throw new ClusterException(
                ClusterErrorId.MachineStartFailed, ErrorCategory.InvalidArgument, $"'{value}' cannot be the {what}: it has characters that are not allowed there.", options.HostName);
        }
    }

    /// <summary>A name, an address of either kind, with a zone; never what SSH takes for an option.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_.\\:\[][A-Za-z0-9_.\\:%\[\]@+-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex OptionName();

    [GeneratedRegex(@"\A[^\p{Cc}]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    /// <summary>No character that one of the shells takes for more than a part of a path.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_./\\~][A-Za-z0-9_./\\:~() +-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostPath();
}
