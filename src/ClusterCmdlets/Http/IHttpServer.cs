using Cluster.Contracts;
using Cluster.Worker.Ports;

namespace Cluster.Http;

/// <summary>A HTTP server of a worker, as its command sees it.</summary>
internal interface IHttpServer : IDisposable
{
    /// <summary>Serves on the calling pipeline thread, until the listener has ended and every connection had its last answer.</summary>
    /// <param name="listener">Where its connections come from.</param>
    /// <param name="stop">Ends it at once.</param>
    /// <exception cref="ClusterException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    void Serve(WorkerListener listener, CancellationToken stop);
}
