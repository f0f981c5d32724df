using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Master;

namespace Cluster.Binding;

/// <summary>
/// Completes what names workers of the session: their ids, and for <c>slot:</c> or a parameter <c>-Slot</c> their slots. The
/// tool tip says which worker it is.
/// </summary>
public sealed class WorkerIdCompleter : IArgumentCompleter
{
    private const string SlotParameter = "Slot";

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = wordToComplete?.Trim('\'', '"') ?? string.Empty;
        var isNumberOfSlot = string.Equals(parameterName, SlotParameter, StringComparison.OrdinalIgnoreCase);
        var isSlot = isNumberOfSlot || (word.Length > 0 && (word.StartsWith(WorkerTarget.SlotPrefix, StringComparison.OrdinalIgnoreCase) || WorkerTarget.SlotPrefix.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
        var prefix = isSlot && !isNumberOfSlot ? WorkerTarget.SlotPrefix : string.Empty;
        return MeantBy(fakeBoundParameters)
            .SelectMany(runtime => ClusterMaster.Of(runtime).Workers)
            .Select(worker => (Worker: worker, Text: prefix + (isSlot ? worker.Slot : worker.Id).ToString(CultureInfo.InvariantCulture)))
            .Where(item => item.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(item => item.Text)
            .Select(item => new CompletionResult(item.Text, item.Text, CompletionResultType.ParameterValue, ToolTip(item.Worker)));
    }

    private static string ToolTip(ClusterWorker worker) =>
        $"{worker} in slot {worker.Slot}, process {worker.ProcessId}, {worker.State}, {worker.Pending} pending";

    /// <summary>The masters that are named on the same command line, or all of the session.</summary>
    private static IReadOnlyList<MasterRuntime> MeantBy(IDictionary boundParameters)
    {
        var masters = MasterRegistry.Of(MasterOwner.Of(Runspace.DefaultRunspace));
        return boundParameters?["Master"] is { } named && LanguagePrimitives.TryConvertTo<MasterTarget>(named, out var target)
            ? target.Among(masters)
            : masters;
    }
}
