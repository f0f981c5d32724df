using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cluster.Metrics;

namespace Cluster.Binding;

/// <summary>Completes the names of metrics and says what each counts.</summary>
public sealed class MetricNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        MetricSource.All.Select(source => (source.Name, source.Description))
            .Append((MetricSource.RequestDuration, MetricSource.RequestDescription))
            .Where(metric => metric.Item1.StartsWith(wordToComplete?.Trim('\'', '"') ?? string.Empty, StringComparison.OrdinalIgnoreCase))
            .Select(metric => new CompletionResult(metric.Item1, metric.Item1, CompletionResultType.ParameterValue, metric.Item2));
}
