using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Commands that take <c>-Path</c> with wildcards or <c>-LiteralPath</c> without.</summary>
public abstract class PathCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public virtual string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Whether the literal paths count.</summary>
    protected bool IsLiteral => LiteralPath.Length > 0;

    /// <summary>The paths given, of either kind.</summary>
    protected string[] GivenPaths => IsLiteral ? LiteralPath : Path;

    /// <summary>Runs an action for each path; what it throws about that path becomes an error of its own.</summary>
    protected void ForEachPath(Action<string> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        foreach (string path in GivenPaths)
        {
            Try(path, () => action(path));
        }
    }

    /// <summary>Runs an action; an error about the path is written and does not end the command.</summary>
    protected void Try(string path, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            action();
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
        catch (Exception error) when (error is IContainsErrorRecord and (SessionStateException or PSArgumentException or ProviderInvocationException or PSNotSupportedException or PSInvalidOperationException))
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)error).ErrorRecord, error));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(error, error.GetType().Name, ErrorCategory.NotSpecified, path));
        }
    }

    /// <summary>The file system paths that a path with wildcards stands for; an error if there is none.</summary>
    protected IEnumerable<string> ResolveFiles(string path)
    {
        ProviderInfo provider;
        IEnumerable<string> files = IsLiteral
            ? [SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _)]
            : SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);
        if (provider.Name != "FileSystem")
        {
            throw new PSNotSupportedException($"The {provider.Name} provider is not supported by this command in the embedded host; full PowerShell has it.");
        }
        return files;
    }
}
