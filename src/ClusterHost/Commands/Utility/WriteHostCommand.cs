using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Write-Host: shows text, as an information record that knows its colours.</summary>
[Cmdlet(VerbsCommunications.Write, "Host")]
public sealed class WriteHostCommand : ConsoleColorCommand
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromRemainingArguments = true)]
    [Alias("Msg", "Message")]
    public object? Object { get; set; }

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    [Parameter]
    [AllowNull]
    public object? Separator { get; set; } = " ";

    protected override void ProcessRecord()
    {
        var message = new HostInformationMessage
        {
            Message = Join(Object),
            NoNewLine = NoNewline,
            ForegroundColor = ForegroundColor,
            BackgroundColor = BackgroundColor,
        };
        WriteInformation(message, ["PSHOST"]);
    }

    private string Join(object? value)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (plain is null)
        {
            return "";
        }
        if (plain is string text)
        {
            return text;
        }
        if (plain is not IDictionary && LanguagePrimitives.GetEnumerable(plain) is { } items)
        {
            string separator = Separator?.ToString() ?? "";
            return string.Join(separator, items.Cast<object?>().Select(Join));
        }
        return value!.ToString() ?? "";
    }
}
