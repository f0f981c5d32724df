namespace Cluster.Messaging;

/// <summary>Chooses the receiver of a message that any may have.</summary>
internal static class LeastLoadedRouter
{
    /// <summary>
    /// The receiver with the smallest load among those that have room; of several the one that was not chosen for the longest
    /// time. One that takes over from another and is not ready yet may never be, and what it was sent would be lost with it: it
    /// gets something only while there is no other.
    /// </summary>
    /// <param name="peers">The receivers.</param>
    /// <param name="size">The size of the message's body.</param>
    /// <returns>The receiver; null when none has room.</returns>
    public static IPeer? Choose(IReadOnlyList<IPeer> peers, int size)
    {
        IPeer? best = null;
        (bool IsUnproven, double Share, long ChosenAt) lowest = default;
        var hasProven = false;
        for (var i = 0; i < peers.Count; i++)
        {
            var load = peers[i].Load;
            var rank = (load.IsUnproven, load.Share, peers[i].ChosenAt);
            hasProven |= load.Window.IsAccepting && !load.IsUnproven;
            if (load.Takes(size) && (best is null || rank.CompareTo(lowest) < 0))
            {
                best = peers[i];
                lowest = rank;
            }
        }

        return lowest.IsUnproven && hasProven ? null : best;
    }
}
