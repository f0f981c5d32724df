namespace Cluster.Supervision;

/// <summary>What is to become of a slot whose worker has ended. Immutable.</summary>
/// <param name="Kind">Restart, leave or give up.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Delay">How long to wait before a restart.</param>
/// <param name="History">The slot's history from now on.</param>
internal sealed record RestartDecision(RestartDecisionKind Kind, string Reason, TimeSpan Delay, RestartHistory History);
