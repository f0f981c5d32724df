using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cluster.Serialization;

/// <summary>
/// Tells the classes of .NET and PowerShell themselves from those of users and libraries. Objects of the former know
/// each other in circles and without end (a match its groups, a row its table, a process its modules), so below one of
/// them another one is only named. Safe on any thread.
/// </summary>
internal static class PlatformTypes
{
    // What Microsoft signs the assemblies of .NET and PowerShell with. The last key is on other products as well.
    private static readonly string[] DotNetKeys =
        ["7cec85d7bea7798e", "b03f5f7f11d50a3a", "b77a5c561934e089", "cc7b13ffcd2ddd51", "adb9793829ddae60"];

    private const string PowerShellKey = "31bf3856ad364e35";

    private static readonly string[] PowerShellNames =
    [
        "System.Management.Automation", "Microsoft.PowerShell.", "Microsoft.Management.Infrastructure", "Microsoft.WSMan.",
        "WindowsBase", "Presentation",
    ];

    // Does not keep an assembly that could be unloaded.
    private static readonly ConditionalWeakTable<Assembly, StrongBox<bool>> Known = [];

    /// <summary>Whether an object of this type is one of .NET or PowerShell. The pairs and tuples that users put their
    /// own values into are not.</summary>
    public static bool Contains(Type type) =>
        Known.GetValue(type.Assembly, static a => new StrongBox<bool>(IsPlatform(a.GetName()))).Value
        && !type.IsAssignableTo(typeof(ITuple))
        && type != typeof(DictionaryEntry)
        && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));

    private static bool IsPlatform(AssemblyName assembly)
    {
#pragma warning disable CA1308 // A key is written in lower case.
        var key = Convert.ToHexString(assembly.GetPublicKeyToken() ?? []).ToLowerInvariant();
#pragma warning restore CA1308
        return DotNetKeys.Contains(key)
            || (key == PowerShellKey && PowerShellNames.Any(name => assembly.Name?.StartsWith(name, StringComparison.Ordinal) == true));
    }
}
