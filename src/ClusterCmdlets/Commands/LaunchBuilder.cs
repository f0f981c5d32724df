using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Protocol;

namespace Cluster.Commands;

/// <summary>
/// Gathers what workers need from the caller's session: the script, checked before any process starts, its
/// values, and the environment. For the pipeline thread.
/// </summary>
internal sealed class LaunchBuilder
{
    private static readonly string[] PreferenceVariables =
    [
        "ErrorActionPreference", "WarningPreference", "VerbosePreference", "DebugPreference", "InformationPreference",
        "ProgressPreference", "ConfirmPreference", "WhatIfPreference", "ErrorView", "MaximumHistoryCount",
        "PSNativeCommandUseErrorActionPreference", "PSNativeCommandArgumentPassing", "OFS", "FormatEnumerationLimit",
    ];

    private readonly SessionState _session;

    /// <summary>Prepares a builder.</summary>
    /// <param name="session">The caller's session.</param>
    public LaunchBuilder(SessionState session)
    {
        _session = session;
    }

    /// <summary>The master's name.</summary>
    public required string Name { get; init; }

    /// <summary>The script file as the user gave it, or null.</summary>
    public string? ScriptPath { get; init; }

    /// <summary>The script block, or null.</summary>
    public ScriptBlock? ScriptBlock { get; init; }

    /// <summary>What runs first, or null.</summary>
    public ScriptBlock? InitializationScript { get; init; }

    /// <summary>The script's arguments; null for none, or to keep the previous ones.</summary>
    public object?[]? Arguments { get; init; }

    /// <summary>Modules as the user gave them.</summary>
    public string[] Modules { get; init; } = [];

    /// <summary>The directory as the user gave it, or null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether the script calls <c>Set-WorkerReady</c>; null for no, or to keep the previous value.</summary>
    public bool? ExplicitReady { get; init; }

    /// <summary>Checks the paths and builds what holds for this machine.</summary>
    /// <returns>The paths.</returns>
    /// <exception cref="ClusterException">Something is missing or malformed.</exception>
    public LaunchPaths BuildPaths() => new()
    {
        ScriptPath = ScriptPath is null ? null : CheckScript(ScriptPath),
        Modules = [.. Modules.Select(ResolveModule)],
        WorkingDirectory = WorkingDirectory is null ? CurrentLocation() : CheckDirectory(WorkingDirectory),
    };

    /// <summary>Puts what is given here in the place of what was there; the rest stays as it was.</summary>
    /// <param name="paths">What was there.</param>
    /// <returns>The new paths.</returns>
    /// <exception cref="ClusterException">Something is missing or malformed.</exception>
    public LaunchPaths Change(LaunchPaths paths) => paths with
    {
        ScriptPath = ScriptPath is not null ? CheckScript(ScriptPath) : ScriptBlock is not null ? null : paths.ScriptPath,
        WorkingDirectory = WorkingDirectory is null ? paths.WorkingDirectory : CheckDirectory(WorkingDirectory),
    };

    /// <summary>Checks everything and builds the launch.</summary>
    /// <returns>The launch.</returns>
    /// <exception cref="ClusterException">Something is missing or malformed.</exception>
    public Launch Build() => new()
    {
        ClusterName = Name,
        ScriptText = ScriptBlock?.ToString(),
        UsingValues = ScriptBlock is null ? new Hashtable() : UsingExpressions.Evaluate(ScriptBlock.Ast, _session),
        Arguments = Arguments ?? [],
        InitializationText = InitializationScript?.ToString(),
        InitializationUsingValues = InitializationScript is null ? new Hashtable() : UsingExpressions.Evaluate(InitializationScript.Ast, _session),
        Culture = CultureInfo.CurrentCulture.Name,
        UICulture = CultureInfo.CurrentUICulture.Name,
        Preferences = ReadPreferences(),
        ExplicitReady = ExplicitReady ?? false,
    };

    /// <summary>Replaces the values that are given here and keeps the others.</summary>
    /// <param name="launch">What was there.</param>
    /// <returns>The new launch.</returns>
    /// <exception cref="ClusterException">Something is missing or malformed.</exception>
    public Launch Change(Launch launch)
    {
        var changed = launch with
        {
            Arguments = Arguments ?? launch.Arguments,
            ExplicitReady = ExplicitReady ?? launch.ExplicitReady,
        };
        return ScriptPath is null && ScriptBlock is null ? changed : changed with
        {
            ScriptText = ScriptBlock?.ToString(),
            UsingValues = ScriptBlock is null ? new Hashtable() : UsingExpressions.Evaluate(ScriptBlock.Ast, _session),
        };
    }

    private string CheckScript(string path)
    {
        var full = ResolveFile(path, ClusterErrorId.ScriptNotFound);
        ScriptFile.Check(full, path);
        return full;
    }

    /// <summary>The session's location, on any drive of it.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="ClusterException">It does not exist any more.</exception>
    public string CurrentLocation()
    {
        var location = _session.Path.CurrentLocation;
        return location.Provider.Name != "FileSystem" || Directory.Exists(location.ProviderPath)
            ? location.Path
            : throw new ClusterException(
                ClusterErrorId.DirectoryNotFound,
                ErrorCategory.ObjectNotFound,
                $"The current directory '{location.ProviderPath}' no longer exists. Change to another one, or give -WorkingDirectory.",
                location.Path);
    }

    private string CheckDirectory(string path)
    {
        var full = ResolveFile(path, ClusterErrorId.DirectoryNotFound);
        return Directory.Exists(full)
            ? full
            : throw new ClusterException(ClusterErrorId.DirectoryNotFound, ErrorCategory.ObjectNotFound, $"The directory '{full}' does not exist.", path);
    }

    /// <summary>The full path of a file or directory, which may not exist.</summary>
    /// <param name="path">The path as the user gave it.</param>
    /// <param name="errorId">The error if it is not in the file system.</param>
    /// <returns>The path.</returns>
    /// <exception cref="ClusterException">It is not.</exception>
    public string ResolveFile(string path, string errorId)
    {
        try
        {
            var full = _session.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
            return provider.Name == "FileSystem"
                ? full
                : throw new ClusterException(errorId, ErrorCategory.InvalidArgument, $"'{path}' is not in the file system.", path);
        }
        catch (Exception exception) when (exception is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            throw new ClusterException(errorId, ErrorCategory.ObjectNotFound, exception.Message, path, exception);
        }
    }

    /// <summary>Resolves a name that looks like a path from the current location; any other is a module's name.</summary>
    /// <param name="module">The module as the user gave it.</param>
    /// <returns>The name or full path.</returns>
    public string ResolveModule(string module)
    {
        var isPath = module.AsSpan().ContainsAny('/', '\\') || module.EndsWith(".psm1", StringComparison.OrdinalIgnoreCase)
            || module.EndsWith(".psd1", StringComparison.OrdinalIgnoreCase) || module.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        return isPath ? _session.Path.GetUnresolvedProviderPathFromPSPath(module) : module;
    }

    /// <summary>The preference variables of the session.</summary>
    /// <returns>Their values by their names.</returns>
    public Hashtable ReadPreferences()
    {
        var preferences = new Hashtable();
        foreach (var name in PreferenceVariables)
        {
            if (_session.PSVariable.Get(name) is { Value: { } value })
            {
                // Names and numbers only: what is assigned to a preference variable is converted by the engine.
                preferences[name] = value is string or bool or int ? value : value.ToString();
            }
        }

        return preferences;
    }
}
