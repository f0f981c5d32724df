using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;

namespace Cluster.Http.Serving;

/// <summary>What ASP.NET Core's file server wants to know of its surroundings.</summary>
/// <param name="folder">The folder that is served.</param>
internal sealed class ServerEnvironment(string folder) : IWebHostEnvironment
{
    /// <inheritdoc/>
    public string WebRootPath { get; set; } = folder;

    /// <inheritdoc/>
    public IFileProvider WebRootFileProvider { get; set; } = new NullFileProvider();

    /// <inheritdoc/>
    public string ApplicationName { get; set; } = "Cluster";

    /// <inheritdoc/>
    public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();

    /// <inheritdoc/>
    public string ContentRootPath { get; set; } = folder;

    /// <inheritdoc/>
    public string EnvironmentName { get; set; } = "Production";
}
