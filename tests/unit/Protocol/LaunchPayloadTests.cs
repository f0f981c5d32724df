using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Protocol;

/// <summary>What a worker is to run, in two parts: one that travels and one of its machine.</summary>
public sealed class LaunchPayloadTests
{
    private static readonly LaunchPaths Paths = new()
    {
        ScriptPath = "/scripts/app.ps1",
        Modules = ["Pester", "/modules/Tools.psm1"],
        ModulePath = "/modules/Cluster.psd1",
        WorkingDirectory = "/work",
    };

    [Fact]
    public void Both_parts_arrive_and_the_launch_is_the_same_for_every_machine()
    {
        var encoded = new Launch { ClusterName = "Web", Culture = "de-DE", UICulture = "en-US", Arguments = [1, "two"], ExplicitReady = true }.Write();
        foreach (var directory in new[] { "/work", "/elsewhere" })
        {
            var (paths, launch) = LaunchPayload.Read(LaunchPayload.Join(Paths with { WorkingDirectory = directory }, encoded));
            Assert.Equal(("/scripts/app.ps1", directory, "/modules/Cluster.psd1"), (paths.ScriptPath, paths.WorkingDirectory, paths.ModulePath));
            Assert.Equal(Paths.Modules, paths.Modules);
            Assert.Equal(("Web", "de-DE", true), (launch.ClusterName, launch.Culture, launch.ExplicitReady));
            Assert.Equal([1, "two"], launch.Arguments);
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 1 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    public void A_forged_size_is_an_error_of_the_protocol(byte[] payload) =>
        Assert.Throws<ProtocolException>(() => LaunchPayload.Read(payload));
}
