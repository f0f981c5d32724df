using System.Management.Automation;

namespace ClusterHost.CommandLine;

/// <summary>The texts of <c>-Help</c> and <c>-Version</c>.</summary>
internal static class Usage
{
    /// <summary>The usage, in pwsh's terms.</summary>
    public const string Text = """
        Runs a PowerShell script with the PowerShell engine alone, for machines without pwsh.

        Usage: ClusterHost [switches] [-File] SCRIPT [arguments]
               ClusterHost [switches] -Command TEXT | -
               ClusterHost [switches] -EncodedCommand BASE64

        Switches, with pwsh's meaning and short forms:
          -NoProfile -NoLogo         accepted: there are no profiles and no logo
          -NonInteractive            prompts are errors
          -ExecutionPolicy POLICY    as in pwsh; only Windows knows execution policies
          -WorkingDirectory PATH     the first location
          -Version -Help

        It has no prompt of its own. Commands that only full PowerShell has say so.
        """;

    /// <summary>The engine's version, and the host's.</summary>
    public static string Version =>
        $"PowerShell {Shorten(typeof(PSObject).Assembly)} (ClusterHost {Shorten(typeof(Usage).Assembly)})";

    private static string Shorten(System.Reflection.Assembly assembly)
    {
        var info = (System.Reflection.AssemblyInformationalVersionAttribute?)Attribute.GetCustomAttribute(
            assembly, typeof(System.Reflection.AssemblyInformationalVersionAttribute));
        string text = info?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";
        return text.Split('+', ' ')[0];
    }
}
