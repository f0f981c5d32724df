using Cluster.Contracts;

namespace Cluster.Http;

/// <summary>A HTTP server of a worker, as its command sees it.</summary>
internal interface IHttpServer
{
    /// <summary>Serves on the calling pipeline thread, until the listener has ended and every connection had its last answer.</summary>
    /// <param name="stop">Ends it at once.</param>
    /// <exception cref="ClusterException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    void Serve(CancellationToken stop);
}
