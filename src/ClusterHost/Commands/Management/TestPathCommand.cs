using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Test-Path: whether a path exists.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Path", DefaultParameterSetName = "Path")]
[OutputType(typeof(bool))]
public sealed class TestPathCommand : PathCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public override string[] Path { get; set; } = [];

    [Parameter]
    [Alias("Type")]
    public TestPathType PathType { get; set; } = TestPathType.Any;

    [Parameter]
    public SwitchParameter IsValid { get; set; }

    protected override void ProcessRecord()
    {
        if (Path is null && !IsLiteral)
        {
            var error = new ArgumentNullException(nameof(Path));
            WriteError(new ErrorRecord(error, "NullPathNotPermitted", ErrorCategory.InvalidArgument, null));
            return;
        }
        foreach (string path in GivenPaths)
        {
            WriteObject(!string.IsNullOrWhiteSpace(path) && Exists(path));
        }
    }

    private bool Exists(string path)
    {
        try
        {
            if (IsValid)
            {
                return SessionState.Path.IsValid(path);
            }
            return PathType switch
            {
                TestPathType.Container => IsContainer(path),
                TestPathType.Leaf => InvokeProvider.Item.Exists(path, force: true, IsLiteral) && !IsContainer(path),
                _ => InvokeProvider.Item.Exists(path, force: true, IsLiteral),
            };
        }
        catch (SessionStateException)
        {
            // A drive or a provider that is not there: as pwsh, no error but the answer.
            return false;
        }
    }

    private bool IsContainer(string path) =>
        InvokeProvider.Item.IsContainer(IsLiteral ? WildcardPattern.Escape(path) : path);
}
