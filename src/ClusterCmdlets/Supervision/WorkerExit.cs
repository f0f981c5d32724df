using System.Management.Automation;
using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>How a worker's process ended. Immutable.</summary>
/// <param name="Code">The exit code, or null when a signal ended it.</param>
/// <param name="Signal">The signal's name, or null.</param>
/// <param name="Reason">The verdict.</param>
/// <param name="Voluntary">Whether it was told to stop or said that it leaves.</param>
/// <param name="Error">The error that ended its script.</param>
internal sealed record WorkerExit(int? Code, string? Signal, WorkerExitReason Reason, bool Voluntary, ErrorRecord? Error);
