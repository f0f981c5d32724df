using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Master;
using Cluster.Worker;

namespace Cluster.Binding;

/// <summary>Completes the topics of the messages that have arrived and are unread, in a master or a worker.</summary>
public sealed class TopicCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        void Count(string? topic)
        {
            if (topic is not null)
            {
                counts[topic] = counts.GetValueOrDefault(topic) + 1;
            }
        }

        foreach (var runtime in MasterRegistry.Of(MasterOwner.Of(Runspace.DefaultRunspace)))
        {
            runtime.Inbox.Visit(item => Count(item.Topic));
        }

        WorkerSession.Current?.Inbox.Visit(item => Count(item.Topic));
        var word = wordToComplete?.Trim('\'', '"') ?? string.Empty;
        return counts
            .Where(topic => topic.Key.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(topic => new CompletionResult(
                ArgumentText.Quote(topic.Key), topic.Key, CompletionResultType.ParameterValue, string.Create(CultureInfo.CurrentCulture, $"{topic.Value:N0} unread")));
    }
}
