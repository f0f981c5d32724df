using System.Management.Automation;
using System.Reflection;

namespace ClusterHost.Commands.Objects;

/// <summary>Lets the waiting event actions of a session run on its pipeline thread.</summary>
internal static class EventPump
{
    private static readonly MethodInfo Process =
        typeof(PSEventManager).Assembly.GetType("System.Management.Automation.PSLocalEventManager", throwOnError: true)!
            .GetMethod("ProcessPendingActions", BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)
        ?? throw new MissingMethodException("PSLocalEventManager", "ProcessPendingActions");

    /// <summary>Runs the actions that wait; a session elsewhere runs its own.</summary>
    public static void Run(PSEventManager events)
    {
        if (Process.DeclaringType!.IsInstanceOfType(events))
        {
            Process.Invoke(events, null);
        }
    }
}
