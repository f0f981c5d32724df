using Cluster.Contracts;
using Cluster.Http;

namespace Cluster.Api;

/// <summary>The ASP.NET Core of this machine, for workers that run an ASP.NET Core program of their own.</summary>
public static class AspNetCoreLibrary
{
    /// <summary>
    /// Loads ASP.NET Core into this process, and <c>Cluster.Http.ClusterConnectionListenerFactory</c>, by which
    /// such a program serves the ports that all workers share.
    /// </summary>
    /// <exception cref="ClusterException">This machine has no ASP.NET Core that fits.</exception>
    public static void Load() => HttpLibrary.LoadAll();
}
