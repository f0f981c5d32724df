using Serilog.Events;
using Serilog.Formatting;

namespace Cluster.Log;

/// <summary>Writes a line as it is.</summary>
internal sealed class LineFormatter : ITextFormatter
{
    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.MessageTemplate.Text);
        output.Write('\n');
    }
}
