using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using Cluster.Contracts;

namespace Cluster.Worker;

/// <summary>
/// Where a worker's engine shows things: each becomes a record for the master. Questions are errors, as in
/// any non-interactive session.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class WorkerHostUI : PSHostUserInterface, IHostUISupportsMultipleChoiceSelection
{
    private const string HostTag = "PSHOST";
    private const string ForwardedTag = "FORWARDED";

    /// <summary>The engine's method is the caller of the caller of a method here.</summary>
    private const int EchoFrames = 6;

    private readonly ManualResetEventSlim _connected = new();
    private volatile IRecordSink? _streams;

    /// <summary>The record that the engine has just given on this thread, and may be about to write as text as well.</summary>
    [ThreadStatic]
    private static InformationRecord? _mayBeEchoed;

    /// <summary>Where records go. Waits until that is known: the runspace is opened before there is a master.</summary>
    private IRecordSink Streams
    {
        get
        {
            _connected.Wait();
            return _streams!;
        }
    }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new WorkerRawUI();

    /// <inheritdoc/>
    public override void WriteInformation(InformationRecord record)
    {
        Streams.WriteRecord(record);
        if (record.Tags.Contains(HostTag) && !record.Tags.Contains(ForwardedTag))
        {
            // The engine's own mark for a record that another host shows; it does not write its text then.
            record.Tags.Add(ForwardedTag);
        }

        _mayBeEchoed = record;
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

    /// <summary>There is a master, or what the runspace writes from now on goes elsewhere.</summary>
    /// <param name="streams">Where records go.</param>
    public void Connect(IRecordSink streams)
    {
        _streams = streams;
        _connected.Set();
    }

    /// <summary>Sends a record that is not the engine's.</summary>
    /// <param name="record">The record.</param>
    public void WriteRecord(object record) => Streams.WriteRecord(record);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => Streams.WriteRecord(new WarningRecord(message));

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => Streams.WriteRecord(new VerboseRecord(message));

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => Streams.WriteRecord(new DebugRecord(message));

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => Streams.WriteRecord(record);

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw NoAnswer(caption, message, string.Join(", ", descriptions.Select(description => description.Name)));

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw NoChoice(caption, message);

    /// <inheritdoc/>
    public Collection<int> PromptForChoice(
        string? caption, string? message, Collection<ChoiceDescription> choices, IEnumerable<int>? defaultChoices) =>
        throw NoChoice(caption, message);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw NoAnswer(caption, message, userName, targetName);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw NoAnswer(caption, message, userName, targetName);

    /// <inheritdoc/>
    public override string ReadLine() => throw NoAnswer("a line of input");

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw NoAnswer("a line of secret input");

    private static HostException NoAnswer(params string?[] question) =>
        NotInteractive(question, "Pass the value with -ArgumentList, $using: or a message.");

    private static HostException NoChoice(params string?[] question) =>
        NotInteractive(question, "Choose beforehand, for example with -Confirm:$false.");

    private static HostException NotInteractive(string?[] question, string advice)
    {
        var text = string.Join(" ", question.Where(part => !string.IsNullOrWhiteSpace(part)).Select(part => part!.Trim()));
        return new HostException(
            $"A worker is not interactive and cannot ask: '{text}'. {advice}", null, ClusterErrorId.NotInteractive, ErrorCategory.InvalidOperation);
    }

    private static string? TextOf(InformationRecord record) =>
        record.MessageData is HostInformationMessage message ? message.Message : record.ToString();

    /// <summary>
    /// Whether the engine itself writes the text of an information record, from the method that has given the record before.
    /// Without this look at the stack, the same text written by the script would be taken for it. It takes some tens of
    /// microseconds, and is needed only where the information preference is <c>Continue</c>.
    /// </summary>
    private static bool IsEcho() => new StackTrace(fNeedFileInfo: false).GetFrames().Take(EchoFrames).Any(frame =>
        frame.GetMethod() is { Name: "WriteInformation", DeclaringType.Name: "MshCommandRuntime" });

    private void Show(string value, bool noNewLine, ConsoleColor? foreground, ConsoleColor? background)
    {
        var given = _mayBeEchoed;
        _mayBeEchoed = null;
        if (given is not null && TextOf(given) == value && IsEcho())
        {
            return;
        }

        var message = new HostInformationMessage { Message = value, NoNewLine = noNewLine, ForegroundColor = foreground, BackgroundColor = background };
        var record = new InformationRecord(message, nameof(WorkerHost));
        record.Tags.Add(HostTag);
        Streams.WriteRecord(record);
    }
}
