using Cluster.Contracts;
using Cluster.Protocol;

namespace Cluster.Supervision;

/// <summary>Judges a worker's end by what was said on the channel, and only then by the exit code. Pure.</summary>
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
    /// <param name="evidence">What is known.</param>
    /// <returns>How it ended.</returns>
    public static WorkerExit Judge(ExitEvidence evidence)
    {
        var signal = evidence.Goodbye is null && evidence.MayBeSignal ? SignalName(evidence.ProcessCode) : null;
        var code = signal is null ? evidence.Goodbye?.ExitCode ?? evidence.ProcessCode : (int?)null;
        return new WorkerExit(code, signal, Reason(evidence, code), evidence.StopRequested || evidence.LeftVoluntarily, evidence.Goodbye?.Error);
    }

    private static WorkerExitReason Reason(ExitEvidence evidence, int? code)
    {
        if (evidence.Goodbye is { } goodbye)
        {
            return goodbye.Outcome switch
            {
                _ when evidence.Recycled && goodbye.Error is null => WorkerExitReason.Recycled,
                _ when evidence.StopRequested && goodbye.Error is null => WorkerExitReason.Stopped,
                WorkerOutcome.Stopped => WorkerExitReason.Stopped,
                WorkerOutcome.NotStarted => WorkerExitReason.StartFailed,
                WorkerOutcome.Completed when code == 0 && (evidence.WasReady || evidence.LeftVoluntarily) => WorkerExitReason.Completed,
                _ => evidence.WasReady ? WorkerExitReason.Failed : WorkerExitReason.StartFailed,
            };
        }

        return evidence switch
        {
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
