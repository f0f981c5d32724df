using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Supervision;

/// <summary>Classifies a worker's end by what was said on the channel, and only then by the exit code. Pure.</summary>
internal static class ExitClassifier
{
    /// <summary>.NET reports a process that a signal ended by 128 plus the signal's number.</summary>
    private const int SignalBase = 128;

    private static readonly Dictionary<int, string> SignalNames = new()
    {
        [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT",
        [8] = "SIGFPE", [9] = "SIGKILL", [11] = "SIGSEGV", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM",
    };

    /// <summary>Gives the verdict.</summary>
    /// <param name="status">What is known of it.</param>
    /// <returns>How it ended.</returns>
    public static WorkerExit Classify(WorkerStatus status)
    {
        var signal = status.Goodbye is null && status.MayBeSignal ? SignalName(status.ProcessCode) : null;
        var code = signal is null ? status.Goodbye?.ExitCode ?? status.ProcessCode : (int?)null;
        return new WorkerExit(code, signal, Reason(status, code), status.StopRequested || status.LeftVoluntarily, status.Goodbye?.Error);
    }

    private static WorkerExitReason Reason(WorkerStatus status, int? code)
    {
        if (status.Goodbye is { } goodbye)
        {
            return goodbye.Outcome switch
            {
                _ when status.Recycled && goodbye.Error is null => WorkerExitReason.Recycled,
                _ when status.StopRequested && goodbye.Error is null => WorkerExitReason.Stopped,
                WorkerOutcome.Stopped => WorkerExitReason.Stopped,
                WorkerOutcome.NotStarted => WorkerExitReason.StartFailed,
                WorkerOutcome.Completed when code == 0 && (status.WasReady || status.LeftVoluntarily) => WorkerExitReason.Completed,
                _ => status.WasReady ? WorkerExitReason.Failed : WorkerExitReason.StartFailed,
            };
        }

        return status switch
        {
            { MachineLost: true } => WorkerExitReason.MachineLost,
            { Recycled: true } => WorkerExitReason.Recycled,
            { ProcessCode: null, StopRequested: true } => WorkerExitReason.Stopped,
            { WasReady: false, StopRequested: false } => WorkerExitReason.StartFailed,
            { WasSilent: true } => WorkerExitReason.Hung,
            { KilledByMaster: true } => WorkerExitReason.Killed,
            _ => WorkerExitReason.Crashed,
        };
    }

    private static string? SignalName(int? code) =>
        code is > SignalBase and < SignalBase + 65
            ? SignalNames.GetValueOrDefault(code.Value - SignalBase, $"SIG{code.Value - SignalBase}")
            : null;
}
