using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using ClusterHost.Commands.Objects;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace Microsoft.PowerShell.Commands;

/// <summary>Out-String: what the console would show, as a string.</summary>
[Cmdlet("Out", "String", DefaultParameterSetName = "NoNewLineFormatting")]
[OutputType(typeof(string))]
public sealed class OutStringCommand : FrontEndCommandBase
{
    [SuppressMessage("Usage", "CA2213", Justification = "The base class disposes by InternalDispose.")]
    private readonly StringWriter _writer = new();

    [Parameter(ParameterSetName = "StreamFormatting")]
    public SwitchParameter Stream { get; set; }

    [Parameter]
    [ValidateRange(2, int.MaxValue)]
    public int Width { get; set; }

    [Parameter(ParameterSetName = "NoNewLineFormatting")]
    public SwitchParameter NoNewline { get; set; }

    protected override void BeginProcessing()
    {
        EngineFormatting.UseWriter(this, _writer, Width > 0 ? Width : int.MaxValue);
        base.BeginProcessing();
    }

    protected override void EndProcessing()
    {
        base.EndProcessing();
        string text = _writer.ToString();
        if (!Stream && !NoNewline)
        {
            WriteObject(text);
            return;
        }
        string[] lines = text.Split(Environment.NewLine);
        // The text ends with a line break, after which there is no line.
        string[] shown = text.EndsWith(Environment.NewLine, StringComparison.Ordinal) ? lines[..^1] : lines;
        if (Stream)
        {
            WriteObject(shown, enumerateCollection: true);
        }
        else
        {
            WriteObject(string.Concat(shown));
        }
    }

    protected override void InternalDispose()
    {
        base.InternalDispose();
        _writer.Dispose();
    }
}
