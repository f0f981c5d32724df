namespace Cluster.Messaging;

/// <summary>What has become of an answer that somebody waits for.</summary>
internal enum ReplyOutcome
{
    /// <summary>It has not come yet.</summary>
    Waiting,

    /// <summary>It is there.</summary>
    Answered,

    /// <summary>The receiver has ended without reading the message, which is back and can go to another.</summary>
    Returned,

    /// <summary>None can come any more.</summary>
    None,

    /// <summary>It is not waited for any more.</summary>
    Forgotten,
}
