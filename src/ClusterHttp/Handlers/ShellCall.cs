using System.Management.Automation;

namespace Cluster.Http.Handlers;

/// <summary>Runs a handler in a pipeline of its own, on the calling thread.</summary>
internal static class ShellCall
{
    /// <summary>Runs it.</summary>
    /// <param name="shell">The pipeline, which knows what to run.</param>
    /// <param name="call">The call.</param>
    /// <returns>What is to be answered.</returns>
    /// <exception cref="RuntimeException">The handler has thrown, or was stopped.</exception>
    public static HandlerResult Invoke(PowerShell shell, HandlerCall call)
    {
        var output = new PSDataCollection<PSObject?>();
        if (call.Stream is { } stream)
        {
            output.DataAdded += (_, _) =>
            {
                foreach (var item in output.ReadAll())
                {
                    stream.Write(item);
                }
            };
        }

        // Nobody waits for its end: the handler's thread learns of the stop by its exception.
        using (call.StopToken.Register(static state => ((PowerShell)state!).BeginStop(null, null), shell))
        {
            shell.Invoke(null, output);
        }

        if (call.Stream is not null)
        {
            return new HandlerResult(200);
        }

        return HandlerResult.Of(output.Count switch { 0 => null, 1 => output[0], _ => output.Cast<object?>().ToArray() }, call.Request);
    }
}
