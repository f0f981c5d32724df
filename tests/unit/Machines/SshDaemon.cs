using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Cluster.Hosting;
using Cluster.Machines.Ssh;

namespace Cluster.UnitTests.Machines;

/// <summary>A server of SSH for this user, with keys of its own.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SshDaemon : IDisposable
{
    private readonly Process _process;

    private SshDaemon(string folder, int port, Process process)
    {
        Folder = folder;
        Port = port;
        _process = process;
    }

    public string Folder { get; }

    public int Port { get; }

    public static async Task<SshDaemon> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("cluster-ssh-").FullName;
        foreach (var name in new[] { "host", "user", "other" })
        {
            using var keygen = Process.Start(new ProcessStartInfo(ProgramPath.Find("ssh-keygen")!, ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(folder, name)]))!;
            await keygen.WaitForExitAsync();
        }

        var port = FreePort();
        var configuration = Path.Combine(folder, "sshd_config");
        await File.WriteAllTextAsync(configuration, $"""
            Port {port.ToString(CultureInfo.InvariantCulture)}
            ListenAddress 127.0.0.1
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/user.pub
            PidFile none
            StrictModes no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UsePAM no
            """);
        if (Environment.UserName == "root")
        {
            Directory.CreateDirectory("/run/sshd");
        }

        var process = Process.Start(new ProcessStartInfo(ProgramPath.Find("sshd")!, ["-D", "-f", configuration, "-E", Path.Combine(folder, "log")]))!;
        await BusHarness.UntilAsync(() => Accepts(port));
        return new SshDaemon(folder, port, process);
    }

    public SshMachineOptions Options(string hostPath) => new()
    {
        HostName = "127.0.0.1",
        UserName = Environment.UserName,
        Port = Port,
        KeyFilePath = Path.Combine(Folder, "user"),
        HostPath = hostPath,
        Options = new Dictionary<string, string> { ["StrictHostKeyChecking"] = "no", ["UserKnownHostsFile"] = Path.Combine(Folder, "known"), ["IdentitiesOnly"] = "yes" },
    };

    /// <summary>Stands for PowerShell on the other machine.</summary>
    public string Script(string text)
    {
        var path = Path.Combine(Folder, Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal));
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static bool Accepts(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
