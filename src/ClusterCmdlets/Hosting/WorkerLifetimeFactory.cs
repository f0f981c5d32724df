namespace Cluster.Hosting;

/// <summary>Prepares what a worker runs in; nothing is started yet.</summary>
/// <param name="host">How a host is started there.</param>
/// <param name="onLine">Called with every line of stdout (false) and stderr (true), on threads of their own.</param>
/// <param name="onRejected">Called with the reason whenever an unauthenticated client is turned away.</param>
/// <returns>The lifetime.</returns>
internal delegate IWorkerLifetime WorkerLifetimeFactory(HostSettings host, Action<string, bool> onLine, Action<string> onRejected);
