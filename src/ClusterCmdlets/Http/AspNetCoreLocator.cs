using System.Globalization;
using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Http;

/// <summary>Finds the ASP.NET Core runtime of this machine that fits the running .NET.</summary>
internal static class AspNetCoreLocator
{
    private const string Framework = "Microsoft.AspNetCore.App";

    /// <summary>The folders that .NET may be installed in, the running one first.</summary>
    /// <param name="runtimeFolder">The folder of the running .NET's own libraries.</param>
    /// <returns>The folders; they need not exist.</returns>
    public static IEnumerable<string> Roots(string runtimeFolder)
    {
        // <root>/shared/Microsoft.NETCore.App/<version>
        if (Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(runtimeFolder))) is { Length: > 0 } running)
        {
            yield return running;
        }

        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
        {
            yield return root;
        }

        if (OperatingSystem.IsWindows())
        {
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet");
        }
        else
        {
            yield return "/usr/local/share/dotnet";
            yield return "/usr/share/dotnet";
            yield return "/usr/lib/dotnet";
            yield return "/usr/lib64/dotnet";
            yield return "/usr/local/dotnet";
            yield return "/snap/dotnet-sdk/current";
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length > 0)
        {
            yield return Path.Combine(home, ".dotnet");
        }
    }

    /// <summary>Finds the newest runtime of the same major version in the first folder that has one.</summary>
    /// <param name="roots">Where to look.</param>
    /// <param name="running">The version of the running .NET.</param>
    /// <returns>The folder of the libraries.</returns>
    /// <exception cref="ClusterException">There is none.</exception>
    public static string Find(IEnumerable<string> roots, Version running)
    {
        foreach (var root in roots)
        {
            var folder = Path.Combine(root, "shared", Framework);
            var newest = Installed(folder)
                .Where(item => item.Version.Major == running.Major && File.Exists(Path.Combine(item.Path, "Microsoft.AspNetCore.dll")))
                .OrderByDescending(item => item.Version)
                .ThenByDescending(item => Path.GetFileName(item.Path).Contains('-', StringComparison.Ordinal) ? 0 : 1)
                .Select(item => item.Path)
                .FirstOrDefault();
            if (newest is not null)
            {
                return newest;
            }
        }

        var wanted = string.Create(CultureInfo.InvariantCulture, $"{running.Major}.{running.Minor}");
        throw new ClusterException(
            ClusterErrorId.AspNetCoreMissing,
            ErrorCategory.NotInstalled,
            $"The HTTP server needs the ASP.NET Core Runtime {wanted}, which this machine does not have. Install it from https://dotnet.microsoft.com/download/dotnet/{wanted}, "
            + $"or as the package aspnetcore-runtime-{wanted} of your system; if it lies in a folder of its own, set the environment variable DOTNET_ROOT to that folder.");
    }

    private static IEnumerable<(string Path, Version Version)> Installed(string folder)
    {
        string[] folders;
        try
        {
            folders = Directory.GetDirectories(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (var path in folders)
        {
            // A preview is called 10.0.0-rc.1.
            if (Version.TryParse(Path.GetFileName(path).Split('-')[0], out var version))
            {
                yield return (path, version);
            }
        }
    }
}
