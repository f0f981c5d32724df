namespace ClusterHost.CommandLine;

/// <summary>The exit codes that the host itself chooses; a script's own <c>exit N</c> is passed on as it is.</summary>
internal static class ExitCode
{
    /// <summary>Everything went well.</summary>
    public const int Success = 0;

    /// <summary>An uncaught error, or a command whose last statement failed.</summary>
    public const int Failure = 1;

    /// <summary>A switch or a script that cannot be used, as with pwsh.</summary>
    public const int BadCommandLine = 64;

    /// <summary>Ended by Ctrl+C, as shells report it.</summary>
    public const int Interrupted = 130;
}
