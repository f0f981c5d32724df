namespace Cluster.Http.Requests;

/// <summary>Sees that a client goes away while its request is handled, where nothing else does.</summary>
internal interface IClientWatch
{
    /// <summary>Watches the client of the request at hand.</summary>
    /// <param name="cancellation">Cancelled when the client has gone; the watch ends when it is disposed of.</param>
    void Watch(CancellationTokenSource cancellation);
}
