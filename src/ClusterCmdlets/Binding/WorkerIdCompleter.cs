using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Api;
using Cluster.Master;

namespace Cluster.Binding;

/// <summary>Completes the ids of the session's workers.</summary>
public sealed class WorkerIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MeantBy(fakeBoundParameters)
            .SelectMany(runtime => ClusterMaster.Of(runtime).Workers)
            .Select(worker => (Worker: worker, Text: worker.Id.ToString(CultureInfo.InvariantCulture)))
            .Where(item => item.Text.StartsWith(wordToComplete ?? string.Empty, StringComparison.Ordinal))
            .Select(item => new CompletionResult(
                item.Text,
                item.Text,
                CompletionResultType.ParameterValue,
                $"{item.Worker} in slot {item.Worker.Slot}, process {item.Worker.ProcessId}, {item.Worker.State}"));

    /// <summary>The masters that are named on the same command line, or all of the session.</summary>
    private static IReadOnlyList<MasterRuntime> MeantBy(IDictionary boundParameters)
    {
        var masters = MasterRegistry.Of(MasterOwner.Of(Runspace.DefaultRunspace));
        return boundParameters?["Master"] is { } named && LanguagePrimitives.TryConvertTo<MasterTarget>(named, out var target)
            ? target.Among(masters)
            : masters;
    }
}
