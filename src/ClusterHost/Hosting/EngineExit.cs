using System.Management.Automation.Runspaces;
using System.Reflection;

namespace ClusterHost.Hosting;

/// <summary>Makes <c>exit N</c> of a script file reach the host.</summary>
internal static class EngineExit
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>
    /// The engine ends a script file at <c>exit</c> and only keeps the code in <c>$LASTEXITCODE</c>, where it cannot be
    /// told from that of a native program. Its console host asks for the exit itself by a switch that is not public.
    /// </summary>
    public static void PassOnExitOfScripts(Runspace runspace)
    {
        object context = typeof(Runspace).GetProperty("ExecutionContext", Hidden)?.GetValue(runspace)
            ?? throw new MissingMemberException(nameof(Runspace), "ExecutionContext");
        PropertyInfo rethrow = context.GetType().GetProperty("ScriptCommandProcessorShouldRethrowExit", Hidden)
            ?? throw new MissingMemberException(context.GetType().Name, "ScriptCommandProcessorShouldRethrowExit");
        rethrow.SetValue(context, true);
    }
}
