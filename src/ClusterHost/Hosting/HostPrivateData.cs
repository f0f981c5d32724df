namespace ClusterHost.Hosting;

/// <summary>The colours in <c>$Host.PrivateData</c>, with pwsh's names and defaults.</summary>
public sealed class HostPrivateData
{
    /// <summary>Colour of errors.</summary>
    public ConsoleColor ErrorForegroundColor { get; set; } = ConsoleColor.Red;

    /// <summary>Colour of warnings.</summary>
    public ConsoleColor WarningForegroundColor { get; set; } = ConsoleColor.Yellow;

    /// <summary>Colour of debug lines.</summary>
    public ConsoleColor DebugForegroundColor { get; set; } = ConsoleColor.Yellow;

    /// <summary>Colour of verbose lines.</summary>
    public ConsoleColor VerboseForegroundColor { get; set; } = ConsoleColor.Yellow;
}
