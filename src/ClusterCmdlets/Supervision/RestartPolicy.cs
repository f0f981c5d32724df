using System.Globalization;
using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>
/// Whether and when a worker that has ended is started anew. Pure: it has neither clock nor dice. Immutable.
/// </summary>
internal sealed record RestartPolicy
{
    /// <summary>What the delay grows by with each start in a row that is killed.</summary>
    private static readonly TimeSpan KilledStartDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>What a master does unless it is told otherwise.</summary>
    public static RestartPolicy Default { get; } = new();

    /// <summary>
    /// What a pool does: it runs no script that could fail again and again. Its workers die of items, which are named, and the next ones
    /// wait. A start that a signal has ended says nothing of the next one either.
    /// </summary>
    public static RestartPolicy Pool { get; } = new() { MaxRestarts = int.MaxValue, Delay = TimeSpan.Zero, MaxKilledStarts = 10 };

    /// <summary>Which ends lead to a restart.</summary>
    public RestartMode Mode { get; init; } = RestartMode.OnFailure;

    /// <summary>Restarts of a slot within the window before it is given up.</summary>
    public int MaxRestarts { get; init; } = 5;

    /// <summary>The time in which restarts are counted; a worker that lived that long was stable.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The delay of the first restart; it doubles with each one until a worker was stable.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(0.1);

    /// <summary>The longest delay.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Starts in a row that a signal may end before the worker is ready, until the slot is given up.</summary>
    public int MaxKilledStarts { get; init; }

    /// <summary>Exit codes by which a script says that it is not to be restarted.</summary>
    public IReadOnlyList<int> StopExitCodes { get; init; } = [];

    /// <summary>Decides what becomes of a slot.</summary>
    /// <param name="history">The slot's restarts so far.</param>
    /// <param name="exit">How its worker ended.</param>
    /// <param name="lifetime">How long that worker had been there.</param>
    /// <param name="now">The time on a clock that never goes back.</param>
    /// <param name="random">A number from 0 to 1 that spreads the delays of several slots.</param>
    /// <returns>The decision.</returns>
    public RestartDecision Decide(RestartHistory history, WorkerExit exit, TimeSpan lifetime, TimeSpan now, double random)
    {
        if (!IsDue(exit))
        {
            return new RestartDecision(RestartDecisionKind.Leave, $"{exit.Reason}; no restart is due.", TimeSpan.Zero, history);
        }

        var killedStarts = exit is { Reason: WorkerExitReason.StartFailed, Signal: not null } ? history.KilledStarts + 1 : 0;
        if (exit.Reason == WorkerExitReason.StartFailed && (killedStarts == 0 || killedStarts > MaxKilledStarts))
        {
            return new RestartDecision(
                RestartDecisionKind.GiveUp, "It failed before it was ready, and would do so again.", TimeSpan.Zero, history);
        }

        var recent = history.Times.RemoveAll(time => now - time >= Window);
        if (recent.Count >= MaxRestarts)
        {
            var reason = string.Create(
                CultureInfo.InvariantCulture, $"It was restarted {recent.Count} times within {Window.TotalSeconds:0.###} s; -MaxRestarts allows no more.");
            return new RestartDecision(RestartDecisionKind.GiveUp, reason, TimeSpan.Zero, history with { Times = recent });
        }

        var inARow = lifetime >= Window ? 0 : history.InARow;
        var delay = killedStarts == 0 ? DelayOf(inARow, random) : KilledStartDelay * killedStarts;
        return new RestartDecision(
            RestartDecisionKind.Restart,
            string.Create(CultureInfo.InvariantCulture, $"Restart {recent.Count + 1}{(MaxRestarts == int.MaxValue ? string.Empty : $" of {MaxRestarts}")} within {Window.TotalSeconds:0.###} s, in {delay.TotalSeconds:0.0##} s."),
            delay,
            new RestartHistory(recent.Add(now), inARow + 1) { KilledStarts = killedStarts });
    }

    private bool IsDue(WorkerExit exit) =>
        Mode != RestartMode.Never
        && !exit.Voluntary
        && exit.Reason is not (WorkerExitReason.Stopped or WorkerExitReason.Recycled)
        && (exit.Reason != WorkerExitReason.Completed || Mode == RestartMode.Always)
        && !(exit.Code is { } code && StopExitCodes.Contains(code));

    /// <summary>Doubles, up to the longest; between half and the whole of that, so that slots do not start in step.</summary>
    private TimeSpan DelayOf(int inARow, double random)
    {
        var whole = Math.Min(MaxDelay.TotalSeconds, Delay.TotalSeconds * Math.Pow(2, Math.Min(inARow, 62)));
        return TimeSpan.FromSeconds(whole * (0.5 + (random / 2)));
    }
}
