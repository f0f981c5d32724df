using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Split-Path: a part of a path.</summary>
[Cmdlet(VerbsCommon.Split, "Path", DefaultParameterSetName = "ParentSet")]
[OutputType(typeof(string), typeof(bool))]
public sealed class SplitPathCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(ParameterSetName = "ParentSet")]
    public SwitchParameter Parent { get; set; }

    [Parameter(ParameterSetName = "LeafSet", Mandatory = true)]
    public SwitchParameter Leaf { get; set; }

    [Parameter(ParameterSetName = "LeafBaseSet", Mandatory = true)]
    public SwitchParameter LeafBase { get; set; }

    [Parameter(ParameterSetName = "ExtensionSet", Mandatory = true)]
    public SwitchParameter Extension { get; set; }

    [Parameter(ParameterSetName = "QualifierSet", Mandatory = true)]
    public SwitchParameter Qualifier { get; set; }

    [Parameter(ParameterSetName = "NoQualifierSet", Mandatory = true)]
    public SwitchParameter NoQualifier { get; set; }

    [Parameter(ParameterSetName = "IsAbsoluteSet", Mandatory = true)]
    public SwitchParameter IsAbsolute { get; set; }

    [Parameter]
    public SwitchParameter Resolve { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string path in LiteralPath.Length > 0 ? LiteralPath : Path)
        {
            try
            {
                IEnumerable<string> paths = Resolve ? SessionState.Path.GetResolvedPSPathFromPSPath(path).Select(p => p.Path) : [path];
                foreach (string one in paths)
                {
                    WriteObject(Split(one));
                }
            }
            catch (SessionStateException error)
            {
                WriteError(new ErrorRecord(error.ErrorRecord, error));
            }
        }
    }

    private object Split(string path)
    {
        int colon = path.IndexOf(':', StringComparison.Ordinal);
        switch (ParameterSetName)
        {
            case "LeafSet":
                return SessionState.Path.ParseChildName(path);
            case "LeafBaseSet":
                return System.IO.Path.GetFileNameWithoutExtension(SessionState.Path.ParseChildName(path));
            case "ExtensionSet":
                return System.IO.Path.GetExtension(path);
            case "IsAbsoluteSet":
                return SessionState.Path.IsPSAbsolute(path, out _);
            case "QualifierSet":
                return colon >= 0 ? path[..(colon + 1)] : throw new PSArgumentException($"Cannot parse path because path '{path}' does not have a qualifier specified.");
            case "NoQualifierSet":
                return path[(colon + 1)..];
            default:
                return SessionState.Path.ParseParent(path, string.Empty);
        }
    }
}
