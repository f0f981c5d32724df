namespace Cluster.Watch;

/// <summary>What the last line of the view says. Immutable.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text.</param>
internal sealed record WatchStatus(WatchStatusKind Kind, string Text);
