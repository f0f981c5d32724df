using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Cluster.Http.Serving;

/// <summary>Takes the services that Kestrel registers with a host. There is none here, but its HTTPS needs some that are its own.</summary>
/// <param name="services">Gets them.</param>
internal sealed class ServiceCollector(IServiceCollection services) : IWebHostBuilder
{
    private static readonly WebHostBuilderContext Context = new() { Configuration = new ConfigurationBuilder().Build() };

    /// <inheritdoc/>
    public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
    {
        configureServices(services);
        return this;
    }

    /// <inheritdoc/>
    public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices)
    {
        configureServices(Context, services);
        return this;
    }

    /// <inheritdoc/>
    public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => this;

    /// <inheritdoc/>
    public IWebHostBuilder UseSetting(string key, string? value) => this;

    /// <inheritdoc/>
    public string? GetSetting(string key) => null;

    /// <inheritdoc/>
    public IWebHost Build() => throw new NotSupportedException();
}
