using System.Management.Automation;
using System.Reflection;

namespace Microsoft.PowerShell.Commands;

/// <summary>Add-Type: loads an assembly. Compiling needs full PowerShell.</summary>
[Cmdlet(VerbsCommon.Add, "Type", DefaultParameterSetName = "FromSource")]
[OutputType(typeof(Type))]
public sealed class AddTypeCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "FromSource")]
    [AllowEmptyString]
    public string TypeDefinition { get; set; } = "";

    [Parameter(Mandatory = true, ParameterSetName = "FromMember")]
    public string[] MemberDefinition { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "FromAssemblyName")]
    [Alias("AN")]
    public string[] AssemblyName { get; set; } = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "FromPath")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "FromLiteralPath")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void EndProcessing()
    {
        switch (ParameterSetName)
        {
            case "FromAssemblyName":
                foreach (string name in AssemblyName)
                {
                    Load(name, () => Assembly.Load(new AssemblyName(name)));
                }
                break;
            case "FromPath" or "FromLiteralPath":
                foreach (string path in LiteralPath.Length > 0 ? LiteralPath : Path)
                {
                    string file = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);
                    Load(path, () => Assembly.LoadFrom(file));
                }
                break;
            default:
                var error = new PSNotSupportedException("The embedded host cannot compile; Add-Type with source needs full PowerShell (pwsh).");
                ThrowTerminatingError(new ErrorRecord(error, "COMPILER_NOT_AVAILABLE", ErrorCategory.NotInstalled, null));
                break;
        }
    }

    private void Load(string name, Func<Assembly> load)
    {
        try
        {
            Assembly assembly = load();
            if (PassThru)
            {
                WriteObject(assembly.GetExportedTypes(), enumerateCollection: true);
            }
        }
        catch (Exception error) when (error is IOException or BadImageFormatException)
        {
            ThrowTerminatingError(new ErrorRecord(error, "ASSEMBLY_NOT_FOUND", ErrorCategory.ObjectNotFound, name));
        }
    }
}
