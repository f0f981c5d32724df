namespace Cluster.Http;

/// <summary>What a server asks of the command that it runs in. Called on its pipeline thread alone.</summary>
internal interface IHttpServerHost
{
    /// <summary>Whether the pipeline is being stopped.</summary>
    bool IsStopping { get; }

    /// <summary>Writes a record to the stream of its kind.</summary>
    /// <param name="record">An error, warning, verbose, debug or information record.</param>
    void Write(object record);
}
