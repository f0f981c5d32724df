namespace Cluster.Messaging;

/// <summary>One that waits for answers or acknowledgements.</summary>
/// <param name="OnCompleted">Called for each, on the thread that reads the channel; must not block.</param>
/// <param name="TakesBack">Whether a message that its receiver ends without reading is given back rather than lost.</param>
internal sealed record ReplyListener(Action<PendingReply> OnCompleted, bool TakesBack = false);
