using System.Globalization;

namespace Cluster.Supervision;

/// <summary>When a worker is replaced by a fresh one although nothing is wrong with it. Pure, immutable.</summary>
/// <param name="MaxTasks">Messages and requests that it may read; null for any number.</param>
/// <param name="MaxMemory">Bytes of memory that its process may use; null for any.</param>
/// <param name="MaxAge">How long it may have been ready; null for ever.</param>
internal sealed record RecyclePolicy(long? MaxTasks = null, long? MaxMemory = null, TimeSpan? MaxAge = null)
{
    /// <summary>The part of <see cref="MaxTasks"/> and <see cref="MaxAge"/> that is left to chance.</summary>
    private const double Spread = 0.2;

    /// <summary>A worker that does not drain is killed when it uses this many times <see cref="MaxMemory"/>.</summary>
    private const int KillFactor = 2;

    /// <summary>Whether there is any limit to watch.</summary>
    public bool IsOn => MaxTasks is not null || MaxMemory is not null || MaxAge is not null;

    /// <summary>Whether a worker has reached a limit.</summary>
    /// <param name="tasks">What it has read.</param>
    /// <param name="memory">What it uses, in bytes.</param>
    /// <param name="age">How long it has been ready.</param>
    /// <param name="random">A number from 0 to 1 of this worker's own: its limits are up to a fifth lower.</param>
    /// <returns>The limit, in words; null if it has reached none.</returns>
    public string? Exceeded(long tasks, long memory, TimeSpan age, double random)
    {
        var share = 1 - (Spread * random);
        return MaxMemory is { } bytes && memory > bytes ? Format($"It uses {memory >> 20} MiB; -MaxMemory is {bytes >> 20} MiB.")
            : MaxTasks is { } count && tasks >= Math.Max(1, count * share) ? Format($"It has had {tasks} tasks; -MaxTasks is {count}.")
            : MaxAge is { } limit && age >= limit * share ? Format($"It has been ready for {age.TotalSeconds:0} s; -MaxAge is {limit.TotalSeconds:0} s.")
            : null;
    }

    /// <summary>Whether a worker uses so much that it cannot be waited for.</summary>
    /// <param name="memory">What it uses, in bytes.</param>
    /// <returns>True if it is to be killed.</returns>
    public bool IsExcessive(long memory) => MaxMemory is { } bytes && memory / KillFactor > bytes;

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
