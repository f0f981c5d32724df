using System.Runtime.InteropServices;
using System.Text;

namespace Cluster.Hosting;

/// <summary>
/// What the bytes mean that a worker's process and its children write to their standard streams: UTF-8, as the worker
/// itself writes it; what is not valid UTF-8 was written by a native program in the encoding of its locale.
/// </summary>
internal static partial class OutputEncoding
{
    /// <summary>The first that is set counts.</summary>
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <summary>The encoding of a process.</summary>
    /// <param name="environment">Its environment variables.</param>
    /// <returns>The encoding.</returns>
    public static Encoding Of(IDictionary<string, string?> environment)
    {
        try
        {
            var locale = OperatingSystem.IsWindows() ? Encoding.GetEncoding((int)GetOemCodePage()) : OfLocale(environment);
            return locale is null or UTF8Encoding
                ? Encoding.UTF8
                : Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new EncodingFallback(locale));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // A locale that .NET does not know.
            return Encoding.UTF8;
        }
    }

    /// <summary>The part of a locale's name between the dot and a modifier, as in de_DE.ISO-8859-15@euro.</summary>
    private static Encoding? OfLocale(IDictionary<string, string?> environment)
    {
        var name = LocaleVariables
            .Select(variable => environment.TryGetValue(variable, out var value) ? value : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
        var charset = name?.Split('@')[0].Split('.') is [_, var found, ..] ? found : null;
        return charset is null ? null : Encoding.GetEncoding(charset);
    }

    [LibraryImport("kernel32.dll", EntryPoint = "GetOEMCP")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial uint GetOemCodePage();
}
