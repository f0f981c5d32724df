namespace Cluster.Map;

/// <summary>
/// How many items go together. A batch is some milliseconds of work, so that its way costs little beside it, and near the end of the input
/// batches shrink, so that no worker idles while another has many. For one thread at a time.
/// </summary>
/// <param name="fixedSize">The size that the user wants; null for one that follows from the time that items take.</param>
internal sealed class BatchSizer(int? fixedSize)
{
    /// <summary>The largest batch. More would save next to nothing, and be tried again one by one if the worker dies.</summary>
    public const int MaxItems = 500;

    /// <summary>The most bytes of a batch, unless one item alone has more.</summary>
    public const int MaxBytes = 256 * 1024;

    private const double TargetSeconds = 0.005;
    private const double PrefetchSeconds = 0.020;

    /// <summary>The clock of a worker is no finer, and decoding and writing are not in it.</summary>
    private const double LeastSeconds = 0.000_002;

    private double _seconds;
    private int _last = 1;

    /// <summary>Whether the size was given.</summary>
    public bool IsFixed => fixedSize is not null;

    /// <summary>What an item takes, in seconds, by the latest ones; 0 before the first.</summary>
    public double ItemSeconds => _seconds;

    /// <summary>Whether a worker is to have a batch waiting behind the one it runs: not when items are so long that it could wait in vain.</summary>
    public bool Prefetches => _seconds is > 0 and < PrefetchSeconds;

    /// <summary>The size of a batch while there is more input than workers need.</summary>
    public int Full => fixedSize ?? (_seconds == 0 ? 1 : (int)Math.Clamp(TargetSeconds / _seconds, 1, Math.Min(MaxItems, _last * 2)));

    /// <summary>Items have ended.</summary>
    /// <param name="count">How many.</param>
    /// <param name="time">What they took together.</param>
    public void Note(int count, TimeSpan time)
    {
        var each = Math.Max(time.TotalSeconds / count, LeastSeconds);

        // Many items say more than one, and the first is the slowest: code is compiled for it.
        var weight = _seconds == 0 ? 1 : Math.Max(0.3, count / (count + 10.0));
        _seconds += (each - _seconds) * weight;
    }

    /// <summary>The size of the next batch.</summary>
    /// <param name="pending">Items that wait.</param>
    /// <param name="isInputComplete">Whether no more will come.</param>
    /// <param name="parallel">Items at once.</param>
    /// <returns>How many to take, at least 1.</returns>
    public int Next(int pending, bool isInputComplete, int parallel)
    {
        var size = Full;
        if (fixedSize is null)
        {
            size = isInputComplete ? Math.Min(size, Math.Max(1, pending / (2 * parallel))) : size;
            _last = Math.Max(_last / 2, Math.Min(size, pending));
        }

        return Math.Max(1, Math.Min(size, pending));
    }
}
