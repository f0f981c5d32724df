namespace Cluster.Protocol;

/// <summary>How a worker is to stop: the one-byte payload of a stop frame.</summary>
internal enum StopMode : byte
{
    /// <summary>Finish what has arrived, then end.</summary>
    Drain = 1,

    /// <summary>Stop the pipeline; <c>finally</c> blocks run.</summary>
    StopPipeline = 2,
}
