namespace Cluster.Map;

/// <summary>Where the results of a map go. Called by the map's reader, on its thread.</summary>
internal interface IMapSink
{
    /// <summary>Writes an object that an item has written to its output.</summary>
    /// <param name="value">The object.</param>
    void WriteOutput(object? value);

    /// <summary>Writes a record of another stream.</summary>
    /// <param name="record">An error, warning, verbose, debug, information or progress record.</param>
    void WriteRecord(object record);

    /// <summary>An item is done, and all that it has written was given before.</summary>
    /// <param name="result">The item; with its output where that is gathered.</param>
    void WriteResult(MapItemResult result);
}
