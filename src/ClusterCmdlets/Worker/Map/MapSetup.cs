using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cluster.Protocol;

namespace Cluster.Worker.Map;

/// <summary>
/// Makes a runspace ready for the items of a map, and builds the pipelines that run them. On the runspace's thread.
/// </summary>
internal sealed class MapSetup
{
    /// <summary>
    /// Each item in a scope of its own. Without a <c>try</c>, for a statement that fails must only end itself, as it does elsewhere.
    /// </summary>
    private const string PlainText =
        "param($private:source, $private:body, $private:list) foreach ($_ in $private:source) { & $private:body $_ @private:list }";

    /// <summary>The same, at a third of the cost, for a block that <see cref="ItemCall"/> can call.</summary>
    private const string QuickText = "param($private:source, $private:body, $private:list, $private:run) & $private:run $private:source $private:body $private:list";

    /// <summary>One run of the body for all items: <c>begin</c> once, and <c>process</c> for each.</summary>
    private const string StreamText =
        "param($private:source, $private:body, $private:list) $private:source | & $private:body @private:list";

    private readonly Runspace _runspace;
    private readonly MapDefinition _definition;
    private readonly Hashtable _usingTable;
    private readonly Dictionary<string, ScriptBlock?> _functionsBefore = [];
    private ScriptBlock _body = null!;
    private string _text = PlainText;

    /// <summary>Prepares for a map.</summary>
    /// <param name="runspace">The runspace.</param>
    /// <param name="definition">The map.</param>
    public MapSetup(Runspace runspace, MapDefinition definition)
    {
        _runspace = runspace;
        _definition = definition;
        _usingTable = ShellText.TableOf(definition.UsingValues);
        foreach (DictionaryEntry block in ShellText.TableOf(definition.UsingBlocks))
        {
            _usingTable[block.Key] = ScriptBlock.Create((string)block.Value!);
        }
    }

    /// <summary>Gives the runspace what the items need.</summary>
    /// <param name="invoke">Runs a pipeline in it.</param>
    /// <exception cref="RuntimeException">A module cannot be imported, a text is malformed, or the initialization script has thrown.</exception>
    public void Run(Action<Action<PowerShell>> invoke)
    {
        _body = ScriptBlock.Create(_definition.ScriptText);
        var ast = (ScriptBlockAst)_body.Ast;
        _text = ast is not { BeginBlock: null, ProcessBlock: null, DynamicParamBlock: null, EndBlock.Unnamed: true } ? StreamText
            : ItemCall.Suits(ast) ? QuickText
            : PlainText;
        WorkerRunspace.SetLocation(_runspace, _definition.WorkingDirectory);
        foreach (DictionaryEntry preference in _definition.Preferences)
        {
            _runspace.SessionStateProxy.SetVariable((string)preference.Key, preference.Value);
        }

        foreach (var module in _definition.Modules)
        {
            invoke(shell => RunspacePreparation.AddImport(shell, module));
        }

        foreach (DictionaryEntry function in _definition.Functions)
        {
            var name = (string)function.Key;
            _functionsBefore.Add(name, Find(name)?.ScriptBlock);
            Define(name, ScriptBlock.Create((string)function.Value!));
        }

        if (_definition.InitializationText is { } text)
        {
            invoke(shell =>
            {
                shell.AddScript(text);
                ShellText.AddTable(shell, _usingTable);
            });
        }
    }

    /// <summary>Builds a pipeline that runs items until there are no more.</summary>
    /// <param name="shell">The pipeline.</param>
    /// <param name="source">The items.</param>
    public void AddItems(PowerShell shell, ItemSource source)
    {
        shell.AddScript(_text, useLocalScope: true);
        ShellText.AddTable(shell, _usingTable);
        shell.AddArgument(source).AddArgument(_body).AddArgument(_definition.Arguments);
        if (_text == QuickText)
        {
            shell.AddArgument(new CmdletInfo("Invoke-MapItem", typeof(InvokeItemsCommand)));
        }
    }

    /// <summary>The runspace serves other maps, which know none of the functions of this one.</summary>
    public void Undo()
    {
        foreach (var (name, before) in _functionsBefore)
        {
            try
            {
                if (before is not null)
                {
                    Define(name, before);
                }
                else if (Find(name) is not null)
                {
                    _runspace.SessionStateProxy.InvokeProvider.Item.Remove([PathOf(name)], recurse: false, force: true, literalPath: true);
                }
            }
            catch (RuntimeException)
            {
                // An item has made it constant: it stays.
            }
        }
    }

    private static string PathOf(string name) => @"Function:\" + name;

    private FunctionInfo? Find(string name) =>
        _runspace.SessionStateProxy.InvokeCommand.GetCommand(name, CommandTypes.Function | CommandTypes.Filter) as FunctionInfo;

    private void Define(string name, ScriptBlock block) =>
        _runspace.SessionStateProxy.InvokeProvider.Item.Set([PathOf(name)], block, force: true, literalPath: true);
}
