using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Master;

namespace Cluster.Binding;

/// <summary>Completes the names of the other machines that have joined the session's masters.</summary>
public sealed class MachineNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete?.Trim('\'', '"') ?? string.Empty;
        return MasterRegistry.Of(MasterOwner.Of(Runspace.DefaultRunspace))
            .SelectMany(runtime => runtime.MachineNames.Select(name => (Name: name, Master: runtime.Name)))
            .Where(machine => machine.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(machine => new CompletionResult(
                ArgumentText.Quote(machine.Name), machine.Name, CompletionResultType.ParameterValue, string.Create(CultureInfo.CurrentCulture, $"of {machine.Master}")));
    }
}
