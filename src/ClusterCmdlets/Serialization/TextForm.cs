using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Cluster.Serialization;

/// <summary>
/// The types that are sent as a string, because only their text has a meaning in another process, or because their
/// properties refer to each other in cycles.
/// </summary>
internal static class TextForm
{
    /// <summary>
    /// The text of a value that is sent as a string wherever it occurs: an enum's name, a script block's or pattern's source, a
    /// type's full name, XML, the name of a culture or encoding, a delegate.
    /// </summary>
    /// <returns><see langword="null"/> if the value has another type.</returns>
    public static string? Always(object value) => value switch
    {
        Enum e => e.ToString(),
        ScriptBlock s => s.ToString(),
        Type t => t.FullName ?? t.Name,
        MemberInfo or Assembly or Module or Delegate => value.ToString(),
        Regex r => r.ToString(),
        Rune r => r.ToString(),
        XmlNode x => x.OuterXml,
        XNode x => x.ToString(SaveOptions.DisableFormatting),
        CultureInfo c => c.Name,
        Encoding e => e.WebName,
        _ => null,
    };

    /// <summary>
    /// The text of an object of .NET or PowerShell inside another one, where <c>Start-Job</c> cuts as well. Such objects
    /// point back and forth (a file's directory, its parent, its root; a match's groups, the match), so they name
    /// each other instead of describing each other. Sent by itself, or in an array, hashtable, custom object or an object
    /// of a user's class, the same value is an object with all its properties. Exceptions inside exceptions are
    /// described, as with <c>Start-Job</c>; collections are, unless they lead back.
    /// </summary>
    /// <returns><see langword="null"/> if the value is described.</returns>
    public static string? InsidePlatform(object value, PathTracker trail) => value switch
    {
        Exception => null,
        FileSystemInfo f => f.FullName,
        DriveInfo d => d.Name,
        PSDriveInfo d => d.Name,
        ProviderInfo or PathInfo => value.ToString(),
        CommandInfo c => c.Name,
        PSModuleInfo m => m.Name,
        InvocationInfo i => i.PositionMessage,
        FileVersionInfo v => v.FileVersion ?? "",
        PSEventSubscriber s => s.SourceIdentifier,
        Process or Thread or Runspace or RunspacePool or PowerShell or Job => SafeToString.Of(value),
        SessionState or EngineIntrinsics or AppDomain or System.Runtime.Loader.AssemblyLoadContext => value.ToString(),
        _ when IsOfTables(value.GetType()) => SafeToString.Try(value, static v => v.ToString()),
        IEnumerable => trail.Holds(value) ? SafeToString.Try(value, static v => v.ToString()) : null,
        _ => PlatformTypes.Contains(value.GetType()) ? SafeToString.Of(value) : null,
    };

    /// <summary>The rows of a table, which is a collection to PowerShell without being one to .NET.</summary>
    /// <returns><see langword="null"/> if the value is no table.</returns>
    public static IEnumerable? RowsOf(object value) =>
        value.GetType().FullName == "System.Data.DataTable" ? LanguagePrimitives.GetEnumerable(value) : null;

    // Of an assembly that is not loaded for their sake. The text that PowerShell has for a table is all its rows.
    private static bool IsOfTables(Type type) => type.FullName is
        "System.Data.DataTable" or "System.Data.DataView" or "System.Data.DataSet" or "System.Data.DataViewManager";
}
