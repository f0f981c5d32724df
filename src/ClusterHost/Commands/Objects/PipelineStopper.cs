using System.Management.Automation;
using System.Reflection;

namespace ClusterHost.Commands.Objects;

/// <summary>Ends the commands before this one in the pipeline, as <c>Select-Object -First</c> does.</summary>
internal static class PipelineStopper
{
    private static readonly ConstructorInfo Constructor =
        typeof(PSObject).Assembly.GetType("System.Management.Automation.StopUpstreamCommandsException", throwOnError: true)!
            .GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [typeof(System.Management.Automation.Internal.InternalCommand)])
        ?? throw new MissingMethodException("StopUpstreamCommandsException", ".ctor");

    /// <summary>Does not return: the engine catches the exception, which only it can make otherwise.</summary>
    public static void StopUpstream(Cmdlet command) => throw (Exception)Constructor.Invoke([command]);
}
