namespace Cluster.Worker;

/// <summary>Where the records of a runspace's streams go: to the master as a worker's, or as those of an item of a map.</summary>
internal interface IRecordSink
{
    /// <summary>Sends a record. On the thread that writes it.</summary>
    /// <param name="record">An error, warning, verbose, debug, information or progress record.</param>
    void WriteRecord(object record);
}
