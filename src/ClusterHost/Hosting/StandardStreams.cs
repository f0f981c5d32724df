using System.Text;

namespace ClusterHost.Hosting;

/// <summary>Standard output and error as UTF-8 without a byte order mark, shared with <c>[Console]</c>.</summary>
internal static class StandardStreams
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Sets <see cref="Console.Out"/> and <see cref="Console.Error"/>; a Windows console keeps its own writer.</summary>
    public static void Prepare()
    {
        if (!OperatingSystem.IsWindows() || Console.IsOutputRedirected)
        {
            Console.SetOut(Open(Console.OpenStandardOutput()));
        }
        if (!OperatingSystem.IsWindows() || Console.IsErrorRedirected)
        {
            Console.SetError(Open(Console.OpenStandardError()));
        }
    }

    private static TextWriter Open(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, Utf8, bufferSize: 4096) { AutoFlush = true });
}
