namespace Cluster.Machines.Link;

/// <summary>Where a line of a <see cref="LineNotice"/> comes from.</summary>
internal enum LineSource
{
    /// <summary>The process's stdout.</summary>
    Output = 0,

    /// <summary>Its stderr.</summary>
    Error = 1,

    /// <summary>The agent: a client of the worker's pipe was turned away.</summary>
    Refusal = 2,
}
