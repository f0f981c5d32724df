namespace Cluster.Protocol;

/// <summary>How a worker's script ended, as the worker itself reports it.</summary>
internal enum WorkerOutcome
{
    /// <summary>It ran to its end or called <c>exit</c>.</summary>
    Completed = 0,

    /// <summary>An uncaught error ended it.</summary>
    Failed = 1,

    /// <summary>Its pipeline was stopped on request.</summary>
    Stopped = 2,

    /// <summary>It was not run: a module could not be imported, or the initialization script failed or called <c>exit</c>.</summary>
    NotStarted = 3,
}
