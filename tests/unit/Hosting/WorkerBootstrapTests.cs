using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.UnitTests.Hosting;

/// <summary>The environment of workers, as far as a worker cannot show it.</summary>
public sealed class WorkerBootstrapTests
{
    [Fact]
    public void Of_the_workers_of_a_process_only_the_first_writes_the_start_up_profile()
    {
        var environments = Enumerable.Range(0, 3)
            .Select(_ => WorkerBootstrap.Environment("pipe", "token", new Dictionary<string, string?>()).ToDictionary())
            .ToArray();
        Assert.All(environments.Skip(1), environment => Assert.Equal("1", environment["DOTNET_MultiCoreJitNoProfileGather"]));
        Assert.All(environments.Skip(1), environment => Assert.Contains("DOTNET_MultiCoreJitNoProfileGather", environment[WorkerVariables.Defaults], StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_user_chooses_is_kept()
    {
        var chosen = new Dictionary<string, string?> { ["DOTNET_MultiCoreJitNoProfileGather"] = "0" };
        for (var worker = 0; worker < 2; worker++)
        {
            Assert.DoesNotContain(WorkerBootstrap.Environment("pipe", "token", chosen), entry => entry.Key == "DOTNET_MultiCoreJitNoProfileGather");
        }
    }
}
