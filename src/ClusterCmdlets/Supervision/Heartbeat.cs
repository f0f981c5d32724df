using System.Globalization;
using Cluster.Contracts;

namespace Cluster.Supervision;

/// <summary>
/// Finds the workers of a master that have hung, and ends them. One timer for all of them; asks for nothing but the answer
/// of the thread that reads a worker's pipe, which is never busy with the script.
/// </summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    /// <summary>The time-out is divided into this many beats: it is accurate to a quarter.</summary>
    private const int Beats = 4;

    private readonly Func<IReadOnlyList<WorkerInstance>> _workers;
    private readonly string _reason;
    private readonly HangDetector _detector = new(Beats);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _beating;

    /// <summary>Starts.</summary>
    /// <param name="timeout">How long a worker may be silent.</param>
    /// <param name="workers">Gives the workers that have not exited.</param>
    public Heartbeat(TimeSpan timeout, Func<IReadOnlyList<WorkerInstance>> workers)
    {
        _workers = workers;
        _reason = string.Create(CultureInfo.InvariantCulture, $"Nothing was heard from it for {timeout.TotalSeconds:0.###} s.");
        _beating = Task.Run(() => BeatAsync(timeout / Beats));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task BeatAsync(TimeSpan period)
    {
        // A delay and not a periodic timer: that would catch up on what a stopped process has missed.
        while (await DelayAsync(period).ConfigureAwait(false))
        {
            _detector.Beat();
            foreach (var instance in _workers().Where(instance => instance.State >= WorkerState.Online && instance.Connection.IsOpen))
            {
                if (_detector.IsHung(instance.Id, instance.Connection.ActivityStamp))
                {
                    instance.KillUnresponsive(_reason);
                }
                else
                {
                    instance.Connection.Ping();
                }
            }
        }
    }

    private async Task<bool> DelayAsync(TimeSpan period)
    {
        var delay = Task.Delay(period, _end.Token);
        await Task.WhenAny(delay).ConfigureAwait(false);
        return !delay.IsCanceled;
    }
}
