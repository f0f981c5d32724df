using System.Reflection;
using Cluster.Loading;

namespace Cluster.Logging;

/// <summary>
/// The way to <c>ClusterLog.dll</c> and the library that it brings, in a load context of their own. Loaded by the first log,
/// never without one. Thread-safe.
/// </summary>
internal static class LogLibrary
{
    private static readonly Lazy<ConstructorInfo> Constructor = new(
        () => LibraryLoadContext.Load("log", "ClusterLog", "Cluster.Log.RollingLog", typeof(string), typeof(long), typeof(int)),
        LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Prepares a file that is rotated by size. It is opened by its first line, which may fail as any may.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fileBytes">The size after which the next file is begun.</param>
    /// <param name="files">How many are kept.</param>
    /// <returns>Takes whole lines, on one thread at a time.</returns>
    /// <exception cref="IOException">The library is missing.</exception>
    public static TextWriter Open(string path, long fileBytes, int files) =>
        (TextWriter)Constructor.Value.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [path, fileBytes, files], culture: null);
}
