using System.Management.Automation.Language;

namespace Cluster.Binding;

/// <summary>A text as it is typed as an argument.</summary>
internal static class ArgumentText
{
    /// <summary>Quotes a text that PowerShell would not take as it is.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The same, or in single quotes.</returns>
    public static string Quote(string text) =>
        text.Any(character => !char.IsLetterOrDigit(character) && character is not ('-' or '_' or '.'))
            ? $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'"
            : text;
}
