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
            .Where(core => IsMeant(core, fakeBoundParameters))
            .SelectMany(core => core.Workers.Live())
            .Select(run => run.Worker)
            .Select(worker => (Worker: worker, Text: worker.Id.ToString(CultureInfo.InvariantCulture)))
            .Where(item => item.Text.StartsWith(wordToComplete ?? string.Empty, StringComparison.Ordinal))
            .Select(item => new CompletionResult(
                item.Text,
                item.Text,
                CompletionResultType.ParameterValue,
                $"{item.Worker} in slot {item.Worker.Slot}, process {item.Worker.ProcessId}, {item.Worker.State}"));

    /// <summary>Whether a master is the one that is named on the same command line, if one is.</summary>
    private static bool IsMeant(MasterCore core, IDictionary boundParameters) =>
        boundParameters?["Master"] is not { } named
        || !LanguagePrimitives.TryConvertTo<MasterTarget>(named, out var target)
        || target.Matches(core.Master);
}
