using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Master;

namespace Cluster.Binding;

/// <summary>Completes the ids of the session's workers.</summary>
public sealed class WorkerIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MasterRegistry.Of(Runspace.DefaultRunspace)
            .SelectMany(core => core.Live())
            .Select(run => run.Worker)
            .Select(worker => (Worker: worker, Text: worker.Id.ToString(CultureInfo.InvariantCulture)))
            .Where(item => item.Text.StartsWith(wordToComplete ?? string.Empty, StringComparison.Ordinal))
            .Select(item => new CompletionResult(
                item.Text,
                item.Text,
                CompletionResultType.ParameterValue,
                $"{item.Worker} in slot {item.Worker.Slot}, process {item.Worker.ProcessId}, {item.Worker.State}"));
}
