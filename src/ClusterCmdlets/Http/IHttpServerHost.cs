namespace Cluster.Http;

/// <summary>What a server asks of the command that it runs in. Called on its pipeline thread alone.</summary>
internal interface IHttpServerHost
{
    /// <summary>Whether the pipeline is being stopped.</summary>
    bool IsStopping { get; }
}
