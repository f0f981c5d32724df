namespace Cluster.Watch;

/// <summary>What the screen shows. Immutable.</summary>
/// <param name="Snapshot">The master.</param>
/// <param name="SelectedId">The worker that keys are for; null when there is none.</param>
/// <param name="Status">What the last line says; null for the keys.</param>
/// <param name="ShowsKeys">Whether the keys are explained in the place of the events.</param>
internal sealed record WatchView(WatchSnapshot Snapshot, int? SelectedId, WatchStatus? Status, bool ShowsKeys);
