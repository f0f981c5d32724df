using Cluster.Contracts;
using Cluster.Machines.Ssh;

namespace Cluster.UnitTests.Machines;

public sealed class SshCommandTests
{
    [Fact]
    public void The_arguments_are_what_ssh_takes()
    {
        var options = new SshMachineOptions
        {
            HostName = "web1",
            UserName = "admin",
            Port = 2222,
            KeyFilePath = "/keys/one",
            Options = new Dictionary<string, string> { ["StrictHostKeyChecking"] = "no" },
        };
        var arguments = SshCommand.Arguments(options, 4222, 3);
        Assert.Equal("127.0.0.1:0:127.0.0.1:4222", arguments[arguments.ToList().IndexOf("-R") + 1]);
        Assert.Equal("2222", arguments[arguments.ToList().IndexOf("-p") + 1]);
        Assert.Equal(Path.GetFullPath("/keys/one"), arguments[arguments.ToList().IndexOf("-i") + 1]);
        Assert.Contains("StrictHostKeyChecking=no", arguments);
        Assert.Equal(
            ["-l", "admin", "--", "web1", "pwsh -NoLogo -NoProfile -NonInteractive -Command \"Import-Module Cluster -ErrorAction Stop; Join-ClusterMaster -FromStandardInput -WorkerCount 3\""],
            arguments.TakeLast(5));
    }

    [Theory]
    [InlineData("-oProxyCommand=x")]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("$(x)")]
    [InlineData("a;b")]
    [InlineData("a\nb")]
    public void A_name_cannot_become_an_option_or_a_command(string name)
    {
        AssertRefused(new SshMachineOptions { HostName = name });
        AssertRefused(new SshMachineOptions { HostName = "a", UserName = name });
    }

    [Theory]
    [InlineData("-pwsh")]
    [InlineData("")]
    [InlineData("pwsh\"; x")]
    [InlineData("$HOME/pwsh")]
    [InlineData("`x`")]
    [InlineData("a&b")]
    public void The_path_of_the_host_cannot_become_a_command(string path) => AssertRefused(new SshMachineOptions { HostName = "a", HostPath = path });

    [Theory]
    [InlineData("a=b -o c", "x")]
    [InlineData("User", "a\nProxyCommand x")]
    public void An_option_cannot_become_two(string name, string value) =>
        AssertRefused(new SshMachineOptions { HostName = "a", Options = new Dictionary<string, string> { [name] = value } });

    [Fact]
    public void Addresses_and_paths_with_spaces_are_taken()
    {
        Assert.Contains("fe80::1%eth0", SshCommand.Arguments(new SshMachineOptions { HostName = "fe80::1%eth0" }, 1, null));
        var options = new SshMachineOptions { HostName = "a", UserName = @"DOMAIN\user", HostPath = @"C:\Program Files\PowerShell\7\pwsh.exe" };
        Assert.StartsWith("\"C:\\Program Files\\PowerShell\\7\\pwsh.exe\" -NoLogo", SshCommand.Arguments(options, 1, null)[^1], StringComparison.Ordinal);
    }

    private static void AssertRefused(SshMachineOptions options)
    {
        var error = Assert.Throws<ClusterException>(() => SshCommand.Arguments(options, 1, null));
        Assert.Equal(ClusterErrorId.MachineStartFailed, error.ErrorId);
    }
}
