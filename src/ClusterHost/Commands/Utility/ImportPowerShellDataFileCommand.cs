using System.Management.Automation;
using System.Management.Automation.Language;

namespace Microsoft.PowerShell.Commands;

/// <summary>Import-PowerShellDataFile: the table in a .psd1 file, which may hold data only.</summary>
[Cmdlet(VerbsData.Import, "PowerShellDataFile", DefaultParameterSetName = "Path")]
[OutputType(typeof(System.Collections.Hashtable))]
public sealed class ImportPowerShellDataFileCommand : PathCommand
{
    protected override void ProcessRecord() => ForEachPath(path =>
    {
        foreach (string file in ResolveFiles(path))
        {
            Ast ast = Parser.ParseFile(file, out _, out ParseError[] errors);
            if (errors.Length > 0)
            {
                var error = new ParseException(errors);
                WriteError(new ErrorRecord(error, "CouldNotParseAsPowerShellDataFile", ErrorCategory.InvalidData, path));
                continue;
            }
            if (ast.Find(node => node is HashtableAst, searchNestedScriptBlocks: false) is not HashtableAst table)
            {
                var error = new InvalidOperationException($"The file '{path}' holds no hashtable.");
                WriteError(new ErrorRecord(error, "CouldNotParseAsPowerShellDataFileNoHashtableRoot", ErrorCategory.InvalidData, path));
                continue;
            }
            WriteObject(table.SafeGetValue());
        }
    });
}
