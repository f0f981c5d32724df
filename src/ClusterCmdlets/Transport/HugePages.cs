using System.Runtime.InteropServices;

namespace Cluster.Transport;

/// <summary>
/// Asks Linux for large pages under large arrays. Otherwise most of the time of moving a large body is spent on page
/// faults, 4 KiB at a time.
/// </summary>
internal static partial class HugePages
{
    private const int MinBytes = 4 * 1024 * 1024;
    private const int PageBytes = 2 * 1024 * 1024;

    /// <summary>MADV_HUGEPAGE of madvise(2).</summary>
    private const int Advice = 14;

    /// <summary>Gives the hint for an array that is about to be filled. Does nothing for small arrays and on other systems.</summary>
    /// <param name="array">The array.</param>
    public static unsafe void Advise(byte[] array)
    {
        if (array.Length < MinBytes || !OperatingSystem.IsLinux())
        {
            return;
        }

        fixed (byte* start = array)
        {
            var first = ((nuint)start + PageBytes - 1) & ~(nuint)(PageBytes - 1);
            var last = ((nuint)start + (nuint)array.Length) & ~(nuint)(PageBytes - 1);

            // A hint: a system that ignores it uses small pages.
            _ = Advise(first, last - first, Advice);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nuint start, nuint length, int advice);
}
