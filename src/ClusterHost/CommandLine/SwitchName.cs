namespace ClusterHost.CommandLine;

/// <summary>A switch as typed, matched by prefix as pwsh does.</summary>
internal readonly struct SwitchName(string argument)
{
    private readonly string _key = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument[1..];

    /// <summary>Whether an argument is a switch: Windows also takes a slash, which elsewhere starts a path.</summary>
    public static bool IsSwitch(string argument) =>
        argument.Length > 1 && (argument[0] == '-' || (argument[0] == '/' && OperatingSystem.IsWindows()));

    /// <summary>Whether this is <paramref name="full"/> or a prefix of it no shorter than <paramref name="shortest"/>.</summary>
    public bool Is(string full, string shortest) =>
        _key.Length >= shortest.Length && full.StartsWith(_key, StringComparison.OrdinalIgnoreCase);

    /// <summary>The switch as typed.</summary>
    public override string ToString() => argument;
}
