using Cluster.Protocol;

namespace Cluster.Hosting;

/// <summary>A machine that runs workers: this one, or another. Thread-safe.</summary>
internal interface IWorkerPlace
{
    /// <summary>The machine's name.</summary>
    string ComputerName { get; }

    /// <summary>How many workers it is meant for; 0 when it is to have none.</summary>
    int Capacity { get; }

    /// <summary>Whether it is this machine: sockets of the master can be handed to its workers.</summary>
    bool IsHere { get; }

    /// <summary>Whether workers can be started on it: not any more when it is lost or leaves.</summary>
    bool IsOpen { get; }

    /// <summary>Prepares what a worker runs in; nothing is started yet.</summary>
    /// <param name="host">How a host is started.</param>
    /// <param name="onLine">Called with every line of stdout (false) and stderr (true), on threads of their own.</param>
    /// <param name="onRejected">Called with the reason whenever an unauthenticated client is turned away.</param>
    /// <returns>The lifetime.</returns>
    IWorkerLifetime CreateLifetime(HostSettings host, Action<string, bool> onLine, Action<string> onRejected);
}
