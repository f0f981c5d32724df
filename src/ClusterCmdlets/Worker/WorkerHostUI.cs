using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Cluster.Worker;

/// <summary>
/// Where a worker's engine shows things: each becomes a record for the master. Questions are errors, as in
/// any non-interactive session.
/// </summary>
internal sealed class WorkerHostUI : PSHostUserInterface
{
    private readonly StreamForwarder _streams;

    /// <summary>What the engine is about to write a second time, as text, on this thread.</summary>
    [ThreadStatic]
    private static string? _echo;

    /// <summary>Creates the interface.</summary>
    /// <param name="streams">Where records go.</param>
    public WorkerHostUI(StreamForwarder streams)
    {
        _streams = streams;
    }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new WorkerRawUI();

    /// <inheritdoc/>
    public override void WriteInformation(InformationRecord record)
    {
        // The engine gives the record first and then writes its text, which must not be sent again.
        _echo = record.MessageData is HostInformationMessage message ? message.Message : record.ToString();
        _streams.WriteRecord(record);
    }

    /// <inheritdoc/>
    public override void Write(string value) => Show(value, noNewLine: true, null, null);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Show(value, noNewLine: true, foregroundColor, backgroundColor);

    /// <inheritdoc/>
    public override void WriteLine(string value) => Show(value, noNewLine: false, null, null);

    /// <inheritdoc/>
    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Show(value, noNewLine: false, foregroundColor, backgroundColor);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => Show(value, noNewLine: false, null, null);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => _streams.WriteRecord(new WarningRecord(message));

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => _streams.WriteRecord(new VerboseRecord(message));

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => _streams.WriteRecord(new DebugRecord(message));

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => _streams.WriteRecord(record);

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw NotInteractive(message);

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw NotInteractive(message);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw NotInteractive(message);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw NotInteractive(message);

    /// <inheritdoc/>
    public override string ReadLine() => throw NotInteractive("Read-Host");

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw NotInteractive("Read-Host");

    private static HostException NotInteractive(string question) =>
        new($"A worker cannot ask anybody: {question}");

    private void Show(string value, bool noNewLine, ConsoleColor? foreground, ConsoleColor? background)
    {
        var echo = _echo;
        _echo = null;
        if (echo is not null && echo == value)
        {
            return;
        }

        var message = new HostInformationMessage { Message = value, NoNewLine = noNewLine, ForegroundColor = foreground, BackgroundColor = background };
        var record = new InformationRecord(message, nameof(WorkerHost));
        record.Tags.Add("PSHOST");
        _streams.WriteRecord(record);
    }
}
