namespace Cluster.Messaging;

/// <summary>One whose messages a user reads: a master, or a worker.</summary>
internal interface IInboxOwner
{
    /// <summary>What has arrived.</summary>
    Inbox<InboxItem> Inbox { get; }

    /// <summary>The only channel by which more can come; null when there are several.</summary>
    IPeer? OnlySource { get; }

    /// <summary>Whether nothing more can come, though the inbox is not completed.</summary>
    /// <param name="ids">The workers in question; null for all.</param>
    /// <returns>True when all of them have exited.</returns>
    bool HasEnded(IReadOnlySet<int>? ids);

    /// <summary>A reader waits: the senders get the credit that has gathered.</summary>
    void OnWait();
}
