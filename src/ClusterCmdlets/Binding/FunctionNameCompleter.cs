using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Cluster.Binding;

/// <summary>Completes the names of the session's functions.</summary>
public sealed class FunctionNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionCompleters.CompleteCommand(wordToComplete?.Trim('\'', '"') ?? string.Empty, moduleName: null, CommandTypes.Function);
}
