using System.Diagnostics.CodeAnalysis;

namespace Cluster.Supervision;

/// <summary>
/// What has happened to a worker and has not been dealt with yet. Of each kind only the latest waits, in the place of the
/// first, so that no worker can make it grow. Thread-safe; nothing is called under its lock.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore that nobody asked for its handle holds nothing.")]
internal sealed class SignalMailbox
{
    private readonly List<WorkerSignal> _waiting = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private bool _isClosed;

    /// <summary>Adds a signal. Never waits; after the end it does nothing.</summary>
    /// <param name="signal">The signal.</param>
    public void Post(WorkerSignal signal)
    {
        lock (_waiting)
        {
            if (_isClosed)
            {
                return;
            }

            var present = _waiting.FindIndex(other => other.Kind == signal.Kind);
            if (present >= 0)
            {
                _waiting[present] = signal;
                return;
            }

            _waiting.Add(signal);
            _arrived.Release();
        }
    }

    /// <summary>Waits for the next signal. For one caller.</summary>
    /// <returns>The signal.</returns>
    public async Task<WorkerSignal> TakeAsync()
    {
        await _arrived.WaitAsync().ConfigureAwait(false);
        return Take();
    }

    /// <summary>Takes the next signal if there is one; none can be added after it was asked for when there was none.</summary>
    /// <returns>The signal, or null.</returns>
    public WorkerSignal? TakeOrClose()
    {
        lock (_waiting)
        {
            _isClosed = _waiting.Count == 0;
            if (_isClosed)
            {
                return null;
            }
        }

        _arrived.Wait();
        return Take();
    }

    private WorkerSignal Take()
    {
        lock (_waiting)
        {
            var next = _waiting[0];
            _waiting.RemoveAt(0);
            return next;
        }
    }
}
