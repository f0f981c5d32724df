using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Reflection;
using Cluster.Contracts;

namespace Cluster.Worker;

/// <summary>
/// Runs a script file as <c>pwsh -File</c> does: as the engine's own command, which honours <c>#Requires</c> and the execution
/// policy and knows the script in <c>$MyInvocation</c>.
/// </summary>
internal static class ScriptFileCommand
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Adds the file and its arguments to a pipeline that is about to run.</summary>
    /// <param name="runspace">Where it runs.</param>
    /// <param name="shell">The pipeline.</param>
    /// <param name="path">The file's full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="ClusterException">The file is gone.</exception>
    public static void Add(Runspace runspace, PowerShell shell, string path, object?[] arguments)
    {
        if (!File.Exists(path))
        {
            throw new ClusterException(
                ClusterErrorId.ScriptNotFound, ErrorCategory.ObjectNotFound, $"The script '{path}' no longer exists.", path);
        }

        if (IsCommand(path) && LetExitEndThePipeline(runspace))
        {
            shell.AddCommand(path, useLocalScope: false);
            foreach (var argument in arguments)
            {
                shell.AddArgument(argument);
            }
        }
        else
        {
            AddBlock(shell, path, arguments);
        }
    }

    /// <summary>The engine takes a file of another name for a native program.</summary>
    private static bool IsCommand(string path) => path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The <c>exit</c> of a script that is run as a command ends only the command, unless the engine is told otherwise, as
    /// <c>pwsh -File</c> tells it. Only its own programs have a way to do so.
    /// </summary>
    /// <returns>False if the running engine does not have this switch.</returns>
    private static bool LetExitEndThePipeline(Runspace runspace)
    {
        var context = runspace.GetType().GetProperty("ExecutionContext", Internal)?.GetValue(runspace);
        var rethrow = context?.GetType().GetProperty("ScriptCommandProcessorShouldRethrowExit", Internal);
        rethrow?.SetValue(context, true);
        return rethrow is not null;
    }

    /// <summary>The next best way, in which the script still knows its path by <c>$PSCommandPath</c>.</summary>
    private static void AddBlock(PowerShell shell, string path, object?[] arguments)
    {
        var ast = Parser.ParseFile(path, out _, out var errors);
        if (errors.Length > 0)
        {
            throw new ParseException(errors);
        }

        shell.AddScript("param($private:block, $private:list) . $private:block @private:list", useLocalScope: false)
            .AddArgument(ast.GetScriptBlock())
            .AddArgument(arguments);
    }
}
