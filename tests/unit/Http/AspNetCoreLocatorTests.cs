using Cluster.Contracts;
using Cluster.Http;

namespace Cluster.UnitTests.Http;

/// <summary>Which ASP.NET Core of a machine is taken, and what is said where there is none.</summary>
public sealed class AspNetCoreLocatorTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cluster-locator-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_newest_of_the_same_major_version_is_taken()
    {
        Install("a", "10.0.2", "10.0.11", "10.0.9", "9.0.20", "11.0.0-rc.1");
        Assert.EndsWith("10.0.11", AspNetCoreLocator.Find([Root("a")], new Version(10, 0, 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_is_taken_before_its_preview_whatever_the_folder_is_called()
    {
        Install("a-b", "10.0.0-rc.1", "10.0.0", "10.0.0-rc.2");
        Assert.EndsWith("10.0.0", AspNetCoreLocator.Find([Root("a-b")], new Version(10, 0, 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_folder_that_has_one_is_taken()
    {
        Install("a", "9.0.1");
        Install("b", "10.0.1");
        Install("c", "10.0.5");
        Assert.StartsWith(Root("b"), AspNetCoreLocator.Find([Root("none"), Root("a"), Root("b"), Root("c")], new Version(10, 0, 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_passed_over()
    {
        Directory.CreateDirectory(Path.Combine(Root("a"), "shared", "Microsoft.AspNetCore.App", "10.0.7"));
        Install("b", "10.0.1");
        Assert.StartsWith(Root("b"), AspNetCoreLocator.Find([Root("a"), Root("b")], new Version(10, 0, 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_none_the_error_says_what_to_install()
    {
        Install("a", "9.0.1");
        var error = Assert.Throws<ClusterException>(() => AspNetCoreLocator.Find([Root("a")], new Version(10, 0, 3)));
        Assert.Equal(ClusterErrorId.AspNetCoreMissing, error.ErrorId);
        Assert.Contains("ASP.NET Core Runtime 10.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("aspnetcore-runtime-10.0", error.Message, StringComparison.Ordinal);
    }

    private string Root(string name) => Path.Combine(_root, name);

    private void Install(string name, params string[] versions)
    {
        foreach (var version in versions)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Root(name), "shared", "Microsoft.AspNetCore.App", version));
            File.WriteAllText(Path.Combine(folder.FullName, "Microsoft.AspNetCore.dll"), "");
        }
    }
}
