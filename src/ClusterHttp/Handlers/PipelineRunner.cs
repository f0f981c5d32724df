using System.Management.Automation;
using System.Runtime.ExceptionServices;
using Cluster.Http.Loops;
using Microsoft.PowerShell.Commands;

namespace Cluster.Http.Handlers;

/// <summary>Runs handlers on the pipeline thread of the script, in the session that they were made in, one after the other.</summary>
/// <param name="loop">The pipeline thread's loop.</param>
/// <param name="host">The command that they run in.</param>
/// <param name="report">Told of errors.</param>
/// <param name="onEnd">Told of what ends the script: a stop or <c>exit</c> in a handler.</param>
internal sealed class PipelineRunner(IPipelineLoop loop, IHttpServerHost host, HandlerReport report, Action<ExceptionDispatchInfo> onEnd) : IHandlerRunner
{
    private static readonly CmdletInfo InvokeCommand = new("Invoke-Command", typeof(InvokeCommandCommand));
    private bool _isEnded;

    /// <inheritdoc/>
    public async ValueTask WhenFreeAsync() => await new LoopSwitch(loop);

    /// <inheritdoc/>
    public ValueTask<HandlerResult> RunAsync(HandlerCall call)
    {
        if (loop.IsCurrent)
        {
            return ValueTask.FromResult(Run(call));
        }

        var pending = new Pending(this, call);
        loop.Post(static state => ((Pending)state!).Run(), pending);
        return new ValueTask<HandlerResult>(pending.Task);
    }

    private HandlerResult Run(HandlerCall call)
    {
        if (_isEnded || host.IsStopping || !call.TryBegin())
        {
            return HandlerResult.Unavailable;
        }

        try
        {
            return call.Stream is null && !call.StopToken.CanBeCanceled
                ? HandlerResult.Of(call.Handler.Block.InvokeReturnAsIs(call.Request), call.Request)
                : RunNested(call);
        }
        catch (Exception exception) when (HandlerErrors.IsEnd(exception))
        {
            if (call.IsStopped && !host.IsStopping && exception is PipelineStoppedException)
            {
                return HandlerResult.Unavailable;
            }

            _isEnded = true;
            onEnd(ExceptionDispatchInfo.Capture(exception));
            return HandlerResult.Unavailable;
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure, and not that of other requests.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return report.Fail(exception, call);
        }
    }

    /// <summary>A pipeline of its own inside the script's can be stopped alone, and gives its output as it comes. It costs more.</summary>
    private HandlerResult RunNested(HandlerCall call)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(InvokeCommand).AddParameter("ScriptBlock", call.Handler.Block).AddParameter("ArgumentList", new object[] { call.Request });
        var errors = shell.Streams.Error;
        errors.DataAdded += (_, _) =>
        {
            foreach (var error in errors.ReadAll())
            {
                report.Write(error);
            }
        };
        return ShellCall.Invoke(shell, call);
    }

    private sealed class Pending(PipelineRunner runner, HandlerCall call) : TaskCompletionSource<HandlerResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public void Run() => SetResult(runner.Run(call));
    }
}
