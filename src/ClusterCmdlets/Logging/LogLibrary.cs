using System.Reflection;
using System.Runtime.Loader;

namespace Cluster.Logging;

/// <summary>
/// The way to <c>ClusterLog.dll</c> and the library that it brings, in a load context of their own: other modules may bring
/// another version of the same library. Loaded by the first log, never without one. Thread-safe.
/// </summary>
internal static class LogLibrary
{
    private const string WriterType = "Cluster.Log.RollingLog";
    private static readonly Lazy<ConstructorInfo> Constructor = new(Load, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Prepares a file that is rotated by size. It is opened by its first line, which may fail as any may.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fileBytes">The size after which the next file is begun.</param>
    /// <param name="files">How many are kept.</param>
    /// <returns>Takes whole lines, on one thread at a time.</returns>
    /// <exception cref="IOException">The library is missing.</exception>
    public static TextWriter Open(string path, long fileBytes, int files) =>
        (TextWriter)Constructor.Value.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [path, fileBytes, files], culture: null);

    private static ConstructorInfo Load()
    {
        var folder = Path.Combine(Path.GetDirectoryName(typeof(LogLibrary).Assembly.Location)!, "log");
        return new OwnContext(folder)
            .LoadFromAssemblyPath(Path.Combine(folder, "ClusterLog.dll"))
            .GetType(WriterType, throwOnError: true)!
            .GetConstructor([typeof(string), typeof(long), typeof(int)])!;
    }

    /// <summary>Takes what is in the folder from there, and the rest from where everybody has it.</summary>
    private sealed class OwnContext(string folder) : AssemblyLoadContext("Cluster log")
    {
        /// <inheritdoc/>
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var path = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
