using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace ClusterHost.Hosting;

/// <summary>Writes the streams as pwsh does: errors to standard error, everything else to standard output.</summary>
internal sealed class HostUserInterface(bool interactive) : PSHostUserInterface
{
    private readonly bool _colourOutput = !Console.IsOutputRedirected;
    private readonly bool _colourError = !Console.IsErrorRedirected;

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new HostRawUserInterface();

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => _colourOutput;

    /// <inheritdoc/>
    public override void Write(string value) => Console.Out.Write(GetOutputString(value ?? "", _colourOutput));

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Write(AnsiColour.Wrap(value, foregroundColor, backgroundColor, _colourOutput));

    /// <inheritdoc/>
    public override void WriteLine() => Console.Out.WriteLine();

    /// <inheritdoc/>
    public override void WriteLine(string value) => Console.Out.WriteLine(GetOutputString(value ?? "", _colourOutput));

    /// <inheritdoc/>
    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        WriteLine(AnsiColour.Wrap(value, foregroundColor, backgroundColor, _colourOutput));

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => Console.Error.WriteLine(GetOutputString(value ?? "", _colourError));

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteStyled("DEBUG: ", message, FormatStyle.Debug);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteStyled("VERBOSE: ", message, FormatStyle.Verbose);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteStyled("WARNING: ", message, FormatStyle.Warning);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        // Progress is for people: a console gets a single line, a file or a pipe nothing.
        if (_colourOutput && interactive)
        {
            ProgressLine.Show(record);
        }
    }

    /// <inheritdoc/>
    public override string ReadLine()
    {
        RequireInteractive();
        return Console.In.ReadLine() ?? "";
    }

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => throw NoPrompt();

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        ArgumentNullException.ThrowIfNull(descriptions);
        RequireInteractive();
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (FieldDescription field in descriptions)
        {
            Write(field.Name + ": ");
            answers[field.Name] = PSObject.AsPSObject(ReadLine());
        }
        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        ArgumentNullException.ThrowIfNull(choices);
        RequireInteractive();
        WriteHeading(caption, message);
        while (true)
        {
            Write(string.Join("  ", choices.Select(c => c.Label)) + ": ");
            string? answer = Console.In.ReadLine() ?? throw NoPrompt();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }
            for (int i = 0; i < choices.Count; i++)
            {
                string label = choices[i].Label;
                int mark = label.IndexOf('&', StringComparison.Ordinal);
                string key = mark >= 0 && mark + 1 < label.Length ? label.Substring(mark + 1, 1) : label;
                if (answer.Equals(key, StringComparison.OrdinalIgnoreCase)
                    || answer.Equals(label.Replace("&", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))
                {
                    return i;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw NoPrompt();

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw NoPrompt();

    private void WriteStyled(string label, string message, FormatStyle style)
    {
        string line = label + message;
        WriteLine(_colourOutput ? GetFormatStyleString(style) + line + PSStyle.Instance.Reset : line);
    }

    private void WriteHeading(string caption, string message)
    {
        foreach (string line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                WriteLine(line);
            }
        }
    }

    private void RequireInteractive()
    {
        if (!interactive)
        {
            throw NoPrompt();
        }
    }

    private static PSInvalidOperationException NoPrompt() =>
        new("PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.");
}
