using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>What Set-Location and Push-Location share.</summary>
public abstract class LocationCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string? Path { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? StackName { get; set; }

    /// <summary>Goes to the path given; false with an error if it is not there.</summary>
    protected bool Go(string fallback)
    {
        string path = LiteralPath is null ? Path ?? fallback : WildcardPattern.Escape(LiteralPath);
        try
        {
            PathInfo location = SessionState.Path.SetLocation(path);
            if (PassThru)
            {
                WriteObject(location);
            }
            return true;
        }
        catch (Exception error) when (error is SessionStateException or PSArgumentException)
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)error).ErrorRecord, error));
            return false;
        }
    }
}
