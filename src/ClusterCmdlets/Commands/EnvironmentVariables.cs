using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Cluster.Objects;

namespace Cluster.Commands;

/// <summary>Reads the hashtable of an <c>-Environment</c> parameter.</summary>
internal static class EnvironmentVariables
{
    /// <summary>Checks names and turns values into text.</summary>
    /// <param name="table">Names and values; a null value removes the variable.</param>
    /// <returns>The variables.</returns>
    /// <exception cref="ClusterException">A name is not usable.</exception>
    public static Dictionary<string, string?> From(IDictionary table)
    {
        var variables = new Dictionary<string, string?>();
        foreach (DictionaryEntry entry in table)
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture);
            if (string.IsNullOrEmpty(name) || name.Contains('=', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
            {
                throw new ClusterException(
                    ClusterErrorId.EnvironmentInvalid, ErrorCategory.InvalidArgument, $"'{name}' is no name of an environment variable.", name);
            }

            variables[name] = entry.Value is null ? null : LanguagePrimitives.ConvertTo<string>(entry.Value);
        }

        return variables;
    }
}
