using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Master;

namespace Cluster.Binding;

/// <summary>Completes the names of the session's masters.</summary>
public sealed class MasterNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MasterRegistry.Of(MasterOwner.Of(Runspace.DefaultRunspace))
            .Select(ClusterMaster.Of)
            .Where(master => master.Name.StartsWith(wordToComplete?.Trim('\'', '"') ?? string.Empty, StringComparison.OrdinalIgnoreCase))
            .Select(master => new CompletionResult(
                ArgumentText.Quote(master.Name), master.Name, CompletionResultType.ParameterValue, $"{master.State}, {master.Workers.Count} workers"));
}
