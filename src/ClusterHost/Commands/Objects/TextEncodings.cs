using System.Text;

namespace ClusterHost.Commands.Objects;

/// <summary>The encodings by PowerShell's names.</summary>
internal static class TextEncodings
{
    /// <summary>UTF-8 without a byte order mark.</summary>
    public static readonly Encoding Default = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The encoding of a name, or null.</summary>
    public static Encoding? Find(string name) => name.ToUpperInvariant() switch
    {
        "UTF8" or "UTF8NOBOM" or "DEFAULT" => Default,
        "UTF8BOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        "ASCII" => Encoding.ASCII,
        "UNICODE" => Encoding.Unicode,
        "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
        "UTF32" => Encoding.UTF32,
        "LATIN1" or "ANSI" or "OEM" => Encoding.Latin1,
        _ => null,
    };
}
