using System.Reflection;
using System.Runtime.Loader;

namespace Cluster.Http;

/// <summary>
/// The way to <c>ClusterHttp.dll</c> and to the ASP.NET Core of this machine, loaded by the first server. In the default load
/// context, so that a user's own ASP.NET Core program sees the same types. Thread-safe.
/// </summary>
internal static class HttpLibrary
{
    private const string ServerType = "Cluster.Http.HttpServer";
    private static readonly Lazy<ConstructorInfo> Constructor = new(Load, LazyThreadSafetyMode.PublicationOnly);
    private static readonly object Gate = new();
    private static string? s_framework;

    /// <summary>Loads what a server needs.</summary>
    /// <exception cref="Contracts.ClusterException">This machine has no ASP.NET Core that fits.</exception>
    public static void Prepare() => _ = Constructor.Value;

    /// <summary>Loads all of ASP.NET Core, for scripts: PowerShell knows the types of loaded assemblies alone.</summary>
    /// <exception cref="Contracts.ClusterException">This machine has no ASP.NET Core that fits.</exception>
    public static void LoadAll()
    {
        Prepare();
        foreach (var path in Directory.GetFiles(s_framework!, "Microsoft.*.dll"))
        {
            // By its name: what pwsh brings itself stays what it is.
            AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName(Path.GetFileNameWithoutExtension(path)));
        }
    }

    /// <summary>Makes a server, so that what is wrong with its options is told before a port is opened.</summary>
    /// <param name="options">What it is to do.</param>
    /// <param name="host">The command that it runs in.</param>
    /// <returns>The server, not yet serving.</returns>
    /// <exception cref="Contracts.ClusterException">This machine has no ASP.NET Core that fits, or an option is wrong.</exception>
    public static IHttpServer Create(HttpServerOptions options, IHttpServerHost host) =>
        (IHttpServer)Constructor.Value.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [options, host], culture: null);

    private static ConstructorInfo Load()
    {
        lock (Gate)
        {
            if (s_framework is null)
            {
                var framework = AspNetCoreLocator.Find(AspNetCoreLocator.Roots(Path.GetDirectoryName(typeof(object).Assembly.Location)!), Environment.Version);
                AssemblyLoadContext.Default.Resolving += (context, name) => Resolve(context, name, framework);
                s_framework = framework;
            }
        }

        var folder = Path.Combine(Path.GetDirectoryName(typeof(HttpLibrary).Assembly.Location)!, "http");
        return AssemblyLoadContext.Default
            .LoadFromAssemblyPath(Path.Combine(folder, "ClusterHttp.dll"))
            .GetType(ServerType, throwOnError: true)!
            .GetConstructor([typeof(HttpServerOptions), typeof(IHttpServerHost)])!;
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name, string framework)
    {
        if (name.Name == typeof(HttpLibrary).Assembly.GetName().Name)
        {
            return typeof(HttpLibrary).Assembly;
        }

        var path = Path.Combine(framework, name.Name + ".dll");
        return File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
    }
}
