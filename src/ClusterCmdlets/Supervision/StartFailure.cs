using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>Says why a worker never became ready: the script's own error first, then what its process wrote.</summary>
internal static partial class StartFailure
{
    /// <summary>A worker that ended before it was ready.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="exit">How it ended.</param>
    /// <param name="options">The master's options.</param>
    /// <param name="errorTail">The end of its stderr.</param>
    /// <returns>The error.</returns>
    public static ClusterException Of(WorkerInstance worker, WorkerExit exit, MasterOptions options, IReadOnlyList<string> errorTail)
    {
        var how = exit.Error is not null
            ? exit.Error + PositionOf(exit.Error)
            : exit is { Code: 0 } && options.Launch.ExplicitReady ? "Its script ended and had not called Set-WorkerReady."
            : exit.Signal is not null ? $"Its process was ended by {exit.Signal}."
            : string.Create(CultureInfo.InvariantCulture, $"Its process ended with exit code {exit.Code}.");
        return new ClusterException(
            ClusterErrorId.WorkerStartFailed,
            exit.Error?.CategoryInfo.Category ?? ErrorCategory.InvalidResult,
            $"Worker {worker.Id} failed before it was ready. {how}{Quote(exit.Error is null ? errorTail : [])}",
            worker,
            exit.Error?.Exception)
        {
            WorkerError = exit.Error,
        };
    }

    /// <summary>A worker that was not ready in time.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="options">The master's options.</param>
    /// <param name="lastError">The last error that it has reported, or null.</param>
    /// <param name="errorTail">The end of its stderr.</param>
    /// <returns>The error.</returns>
    public static ClusterException TimedOut(WorkerInstance worker, MasterOptions options, ErrorRecord? lastError, IReadOnlyList<string> errorTail)
    {
        var phase = worker.State == WorkerState.Starting
            ? $"its host '{options.Host.HostPath}' did not connect"
            : "it connected, but its preparation or script did not get ready";
        var error = lastError is null ? string.Empty : $"{Environment.NewLine}Its last error: {lastError}{PositionOf(lastError)}";
        return new ClusterException(
            ClusterErrorId.WorkerStartTimeout,
            ErrorCategory.OperationTimeout,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Worker {worker.Id} was not ready within {options.StartupTimeout.TotalSeconds:0.###} s: {phase}. -StartupTimeoutSec sets the time.{error}{Quote(errorTail)}"),
            worker)
        {
            WorkerError = lastError,
        };
    }

    private static string PositionOf(ErrorRecord error) =>
        error.ScriptStackTrace is { Length: > 0 } stack ? Environment.NewLine + stack : string.Empty;

    private static string Quote(IReadOnlyList<string> errorTail) =>
        errorTail.Count == 0
            ? string.Empty
            : $"{Environment.NewLine}It wrote to stderr:{Environment.NewLine}{ControlSequence().Replace(string.Join(Environment.NewLine, errorTail), string.Empty)}";

    /// <summary>Colours and the like, which a PowerShell that fails writes even to a pipe.</summary>
    [GeneratedRegex(@"\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\a\x1B]*(?:\a|\x1B\\))", RegexOptions.CultureInvariant)]
    private static partial Regex ControlSequence();
}
