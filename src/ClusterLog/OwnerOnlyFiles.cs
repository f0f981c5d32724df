using System.Text;
using Serilog.Sinks.File;

namespace Cluster.Log;

/// <summary>
/// Makes new files readable for their owner alone, before anything is in them. Files that were there keep the rights that
/// somebody gave them; what a link points to is not touched.
/// </summary>
internal sealed class OwnerOnlyFiles : FileLifecycleHooks
{
    /// <inheritdoc/>
    public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
    {
        if (!OperatingSystem.IsWindows() && underlyingStream.Length == 0 && new FileInfo(path).LinkTarget is null)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return underlyingStream;
    }
}
