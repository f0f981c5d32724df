using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Commands;

/// <summary>Reads the hashtable of an <c>-Environment</c> parameter.</summary>
internal static class EnvironmentVariables
{
    /// <summary>Linux takes 128 KiB for a variable, name and end included; Windows 32,767 characters; macOS limits only the sum.</summary>
    private static readonly int MaxLength = OperatingSystem.IsWindows() ? 32_767 : 131_072;

    /// <summary>Checks names and turns values into text.</summary>
    /// <param name="table">Names and values; a null value removes the variable.</param>
    /// <returns>The variables.</returns>
    /// <exception cref="ClusterException">A name or a value is not usable.</exception>
    public static Dictionary<string, string?> From(IDictionary table)
    {
        var variables = new Dictionary<string, string?>(WorkerVariables.NameComparer);
        foreach (DictionaryEntry entry in table)
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture);
            var value = entry.Value is null ? null : LanguagePrimitives.ConvertTo<string>(entry.Value);
            if (ProblemOf(name, value) is { } problem)
            {
                throw new ClusterException(ClusterErrorId.EnvironmentInvalid, ErrorCategory.InvalidArgument, problem, name);
            }

            variables[name!] = value;
        }

        return variables;
    }

    /// <summary>What the system would refuse, cut or change without a word, and what the module would overwrite.</summary>
    private static string? ProblemOf(string? name, string? value)
    {
        if (string.IsNullOrEmpty(name) || name.AsSpan().ContainsAny('=', '\0') || !IsUnicode(name))
        {
            return $"'{name?.Replace("\0", "`0", StringComparison.Ordinal)}' is not a valid environment variable name.";
        }

        if (WorkerVariables.Reserved.Contains(name, WorkerVariables.NameComparer))
        {
            return $"The environment variable '{name}' is set by the module itself.";
        }

        if (value is null)
        {
            return null;
        }

        var length = OperatingSystem.IsWindows() ? name.Length + value.Length + 2 : Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2;
        return value.Contains('\0', StringComparison.Ordinal) ? $"The value of the environment variable '{name}' contains a NUL character."
            : !IsUnicode(value) ? $"The value of the environment variable '{name}' contains half a surrogate pair."
            : length > MaxLength ? $"The environment variable '{name}' is too long: the system takes {MaxLength} {(OperatingSystem.IsWindows() ? "characters" : "bytes")} with its name."
            : null;
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text, i++)))
            {
                return false;
            }
        }

        return true;
    }
}
