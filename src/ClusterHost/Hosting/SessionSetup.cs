using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using Microsoft.PowerShell;

namespace ClusterHost.Hosting;

/// <summary>The first state of the script's session.</summary>
internal static class SessionSetup
{
    /// <summary>
    /// The engine's core and the everyday commands. The same commands are in modules beside the program, which the
    /// engine finds by itself in sessions that others create; loading a module takes longer than having its commands.
    /// </summary>
    public static InitialSessionState Create(string? executionPolicy)
    {
        InitialSessionState state = Create();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = executionPolicy is null ? ExecutionPolicy.Bypass : Enum.Parse<ExecutionPolicy>(executionPolicy);
        }
        return state;
    }

    /// <summary>A new state, for this or for another session of this process.</summary>
    public static InitialSessionState Create()
    {
        var state = InitialSessionState.CreateDefault2();
        foreach (Type type in typeof(SessionSetup).Assembly.GetExportedTypes())
        {
            if (!type.IsAbstract && type.IsSubclassOf(typeof(Cmdlet)))
            {
                var cmdlet = type.GetCustomAttribute<CmdletAttribute>(inherit: false)
                    ?? throw new InvalidOperationException($"{type} has no Cmdlet attribute.");
                state.Commands.Add(new SessionStateCmdletEntry($"{cmdlet.VerbName}-{cmdlet.NounName}", type, helpFileName: null));
            }
        }
        return state;
    }
}
