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
/// The types that travel as a text, because their text is all that means anything in another process, or because their
/// properties lead round in circles.
/// </summary>
internal static class TextForm
{
    /// <summary>
    /// The text of a value that is a text wherever it stands: an enum's name, a script block's or pattern's source, a
    /// type's full name, XML, the name of a culture or encoding, a delegate.
    /// </summary>
    /// <returns><see langword="null"/> if the value is of no such type.</returns>
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
    /// The text of a thing outside (a file, a drive, a process, a command, a module) that is a property of a class
    /// instance, on any level below it. Such properties point back and forth (a file's directory, its parent, its
    /// root; a drive's provider, its drives), so they name the thing instead of describing it: a
    /// <see cref="FileSystemInfo"/> nested in another object is its full path. Sent by itself, or in an array, hashtable
    /// or custom object, the same value is an object with all its properties.
    /// </summary>
    /// <returns><see langword="null"/> if the value is of no such type.</returns>
    public static string? InsideInstance(object value) => value switch
    {
        FileSystemInfo f => f.FullName,
        DriveInfo d => d.Name,
        PSDriveInfo d => d.Name,
        ProviderInfo or PathInfo => value.ToString(),
        CommandInfo c => c.Name,
        PSModuleInfo m => m.Name,
        InvocationInfo i => i.PositionMessage,
        FileVersionInfo v => v.FileVersion ?? "",
        PSEventSubscriber s => s.SourceIdentifier,
        Process or Thread or Runspace or RunspacePool or PowerShell or Job => PlainText.Of(value),
        SessionState or EngineIntrinsics or AppDomain or System.Runtime.Loader.AssemblyLoadContext => value.ToString(),
        _ => IsNamedElsewhere(value.GetType()) ? PlainText.Of(value) : null,
    };

    // Types of assemblies that the module does not refer to.
    private static bool IsNamedElsewhere(Type type) => type.FullName is
        "System.ServiceProcess.ServiceController" or "System.Data.DataTable" or "System.Data.DataSet";
}
