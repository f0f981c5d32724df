using System.Reflection;
using Cluster.Loading;

namespace Cluster.Watch;

/// <summary>
/// The way to <c>ClusterWatch.dll</c> and the terminal library that it brings, in a load context of their own. Loaded by the
/// first live view, never without one. Thread-safe.
/// </summary>
internal static class WatchLibrary
{
    private static readonly Lazy<ConstructorInfo> Constructor = new(
        () => LibraryLoadContext.Load("watch", "ClusterWatch", "Cluster.Watch.TerminalScreen", typeof(bool)), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Takes the terminal.</summary>
    /// <param name="hasColors">Whether colours are wanted.</param>
    /// <returns>The screen.</returns>
    /// <exception cref="IOException">The library is missing.</exception>
    public static IWatchScreen Open(bool hasColors) =>
        (IWatchScreen)Constructor.Value.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [hasColors], culture: null);
}
