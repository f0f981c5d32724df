namespace Cluster.Supervision;

/// <summary>
/// Decides which workers have been silent for too long. Time is counted in beats of the master, so that a master that was
/// itself stopped or asleep has missed its own beats and blames nobody. Pure; for one thread.
/// </summary>
internal sealed class HangDetector
{
    private readonly int _mostSilentBeats;
    private Dictionary<int, (long ActivityStamp, int SilentBeats)> _before = [];
    private Dictionary<int, (long ActivityStamp, int SilentBeats)> _now = [];

    /// <summary>Prepares a detector.</summary>
    /// <param name="mostSilentBeats">Whole beats without a sign of life after which a worker is hung.</param>
    public HangDetector(int mostSilentBeats)
    {
        _mostSilentBeats = mostSilentBeats;
    }

    /// <summary>The next beat begins. Workers that were not asked about in the last one are forgotten.</summary>
    public void Beat()
    {
        (_before, _now) = (_now, _before);
        _now.Clear();
    }

    /// <summary>Judges one worker, which has been asked for a sign of life in the last beat. Once per beat.</summary>
    /// <param name="id">The worker.</param>
    /// <param name="activityStamp">What the reader of its pipe is at: odd while it waits for the worker, even while the master
    /// itself is busy with what has come; any change is a sign of life.</param>
    /// <returns>Whether it is hung.</returns>
    public bool IsHung(int id, long activityStamp)
    {
        var isWaiting = (activityStamp & 1) == 1;
        var silent = isWaiting && _before.TryGetValue(id, out var last) && last.ActivityStamp == activityStamp ? last.SilentBeats + 1 : 0;
        _now[id] = (activityStamp, silent);
        return silent >= _mostSilentBeats;
    }
}
