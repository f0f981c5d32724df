using System.IO.Enumeration;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-ChildItem: what a folder, or another container, holds.</summary>
[Cmdlet(VerbsCommon.Get, "ChildItem", DefaultParameterSetName = "Path")]
public sealed class GetChildItemCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string? Filter { get; set; }

    [Parameter]
    [SupportsWildcards]
    public string[] Include { get; set; } = [];

    [Parameter]
    [SupportsWildcards]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    [Alias("s")]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter File { get; set; }

    [Parameter]
    public SwitchParameter Directory { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter Name { get; set; }

    protected override void ProcessRecord()
    {
        bool literal = LiteralPath.Length > 0;
        string[] given = literal ? LiteralPath : Path;
        foreach (string path in given.Length > 0 ? given : ["."])
        {
            try
            {
                foreach (PSObject item in InvokeProvider.ChildItem.Get([path], Recurse, Force, literal))
                {
                    if (IsWanted(item))
                    {
                        WriteObject(Name ? item.Properties["PSChildName"]?.Value : item);
                    }
                }
            }
            catch (Exception error) when (error is SessionStateException or PSArgumentException or ProviderInvocationException)
            {
                WriteError(new ErrorRecord(((IContainsErrorRecord)error).ErrorRecord, error));
            }
        }
    }

    private bool IsWanted(PSObject item)
    {
        bool container = item.BaseObject is DirectoryInfo;
        if (item.BaseObject is FileSystemInfo && ((File && container) || (Directory && !container)))
        {
            return false;
        }
        string name = item.Properties["PSChildName"]?.Value as string ?? "";
        bool ignoreCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();
        return (Filter is null || FileSystemName.MatchesSimpleExpression(Filter, name, ignoreCase))
            && (Include.Length == 0 || Array.Exists(Include, pattern => IsLike(name, pattern)))
            && !Array.Exists(Exclude, pattern => IsLike(name, pattern));
    }

    private static bool IsLike(string name, string pattern) => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(name);
}
