using ClusterHost.CommandLine;
using ClusterHost.Hosting;

namespace ClusterHost;

/// <summary>Entry point: parses pwsh's switches, runs the script or command, returns its exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        StandardStreams.Prepare();
        HostOptions options;
        try
        {
            options = CommandLineParser.Parse(args);
        }
        catch (CommandLineException error)
        {
            Console.Error.WriteLine(error.Message);
            return ExitCode.BadCommandLine;
        }
        switch (options.Action)
        {
            case HostAction.ShowHelp:
                Console.Out.WriteLine(Usage.Text);
                return ExitCode.Success;
            case HostAction.ShowVersion:
                Console.Out.WriteLine(Usage.Version);
                return ExitCode.Success;
            default:
                HostEnvironment.Prepare();
                Environment.Exit(ScriptRunner.Run(options));
                return ExitCode.Success;
        }
    }
}
