using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Serialization;

namespace Cluster.Commands;

/// <summary>Gathers what the workers of a map need from the caller's session. For the pipeline thread.</summary>
/// <param name="session">The caller's session.</param>
internal sealed class MapBuilder(SessionState session)
{
    private readonly LaunchBuilder _launch = new(session) { Name = string.Empty };

    /// <summary>What runs for each item.</summary>
    public required ScriptBlock ScriptBlock { get; init; }

    /// <summary>What each runspace runs first, or null.</summary>
    public ScriptBlock? InitializationScript { get; init; }

    /// <summary>What the block gets behind the item.</summary>
    public object?[] Arguments { get; init; } = [];

    /// <summary>Names of functions; wildcards.</summary>
    public string[] Functions { get; init; } = [];

    /// <summary>Modules as the user gave them.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>Whether a block has <c>begin</c>, <c>process</c> or other named blocks.</summary>
    /// <param name="block">The block.</param>
    /// <returns>False for a plain one.</returns>
    public static bool HasNamedBlocks(ScriptBlock block) =>
        Parser.ParseInput(block.ToString(), out _, out _) is not { EndBlock.Unnamed: true, BeginBlock: null, ProcessBlock: null };

    /// <summary>Builds the definition.</summary>
    /// <param name="number">Names the map.</param>
    /// <param name="concurrency">Items at once in a worker.</param>
    /// <param name="itemTimeout">How long an item may take; null for ever.</param>
    /// <returns>The definition.</returns>
    /// <exception cref="ClusterException">Something is missing or malformed.</exception>
    public MapDefinition Build(int number, int concurrency, TimeSpan? itemTimeout)
    {
        var values = UsingExpressions.Evaluate(ScriptBlock.Ast, session);
        if (InitializationScript is not null)
        {
            foreach (DictionaryEntry value in UsingExpressions.Evaluate(InitializationScript.Ast, session))
            {
                values[value.Key] = value.Value;
            }
        }

        var blocks = new Hashtable();
        foreach (DictionaryEntry value in values.Clone() as Hashtable ?? [])
        {
            if ((value.Value is PSObject wrapped ? wrapped.BaseObject : value.Value) is ScriptBlock block)
            {
                // A script block is code that the caller has; what is received as data never becomes one.
                values.Remove(value.Key);
                blocks[value.Key] = block.ToString();
            }
        }

        return new MapDefinition
        {
            Number = number,
            ScriptText = ScriptBlock.ToString(),
            UsingValues = values,
            UsingBlocks = blocks,
            Arguments = Arguments,
            Functions = FindFunctions(),
            Modules = [.. Modules.Select(_launch.ResolveModule)],
            InitializationText = InitializationScript?.ToString(),
            Preferences = _launch.ReadPreferences(),
            WorkingDirectory = _launch.CurrentLocation(),
            ItemTimeoutMs = itemTimeout is { } time ? (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 1, int.MaxValue) : 0,
            Concurrency = concurrency,
        };
    }

    /// <summary>Encodes a definition.</summary>
    /// <param name="definition">The definition.</param>
    /// <returns>The payload.</returns>
    /// <exception cref="ClusterException">An argument or a <c>$using:</c> value cannot be sent.</exception>
    public static byte[] Encode(MapDefinition definition)
    {
        try
        {
            return definition.Write();
        }
        catch (BodyNotSerializableException exception)
        {
            var name = Launch.NameOf(exception.Path, ("usingValues", definition.UsingValues));
            throw BodyErrors.NotSerializable(exception, name, $"The map cannot be started: {name} {exception.Problem}.");
        }
    }

    /// <summary>The text of a function. That of a filter says only by its kind that it is a process block.</summary>
    private static string TextOf(FunctionInfo function)
    {
        if (function is not FilterInfo || function.ScriptBlock.Ast is not FunctionDefinitionAst { Body.ProcessBlock: { Unnamed: true } process } filter)
        {
            return function.Definition;
        }

        var parameters = filter.Body.ParamBlock?.Extent.Text
            ?? (filter.Parameters is { } list ? $"param({string.Join(", ", list.Select(parameter => parameter.Extent.Text))})" : string.Empty);
        return $"{parameters} process {{ {process.Extent.Text} }}";
    }

    private Hashtable FindFunctions()
    {
        var found = new Hashtable();
        foreach (var pattern in Functions)
        {
            var count = found.Count;
            foreach (var command in session.InvokeCommand.GetCommands(pattern, CommandTypes.Function | CommandTypes.Filter, nameIsPattern: true))
            {
                found[command.Name] = TextOf((FunctionInfo)command);
            }

            if (found.Count == count && !WildcardPattern.ContainsWildcardCharacters(pattern))
            {
                throw new ClusterException(
                    ClusterErrorId.FunctionNotFound, ErrorCategory.ObjectNotFound, string.Create(CultureInfo.CurrentCulture, $"There is no function '{pattern}' in this session."), pattern);
            }
        }

        return found;
    }
}
