using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cluster.Contracts;

namespace Cluster.Master;

/// <summary>Checks a script file before any process is started for it.</summary>
internal static class ScriptFile
{
    /// <summary>Checks that a script exists and parses.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="target">What errors are about: the path as the user gave it, say.</param>
    /// <exception cref="ClusterException">It is missing, not readable, or does not parse.</exception>
    public static void Check(string path, object target)
    {
        if (!File.Exists(path))
        {
            throw new ClusterException(ClusterErrorId.ScriptNotFound, ErrorCategory.ObjectNotFound, $"The script '{path}' does not exist.", target);
        }

        if (OperatingSystem.IsWindows() && !path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            // As pwsh does itself: execution policies are for files with this extension.
            throw new ClusterException(
                ClusterErrorId.ScriptNotFound, ErrorCategory.InvalidArgument, $"The script '{path}' has no .ps1 extension. Give it one.", target);
        }

        try
        {
            Parser.ParseFile(path, out _, out var errors);
            if (errors.Length > 0)
            {
                throw ParseError(path, errors);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException(
                ClusterErrorId.ScriptNotFound, ErrorCategory.OpenError, $"The script '{path}' cannot be read: {exception.Message}", target, exception);
        }
    }

    private static ClusterException ParseError(string path, ParseError[] errors) => new(
        ClusterErrorId.ScriptParseError,
        ErrorCategory.ParserError,
        $"The script '{path}' does not parse; nothing was started." + string.Concat(errors.Select(error => string.Create(
            CultureInfo.InvariantCulture, $"{Environment.NewLine}Line {error.Extent.StartLineNumber}, column {error.Extent.StartColumnNumber}: {error.Message}"))),
        path,
        new ParseException(errors));
}
