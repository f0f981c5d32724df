namespace Cluster.Http.Loops;

/// <summary>A queue whose work the pipeline thread does; sockets are others' business.</summary>
internal sealed class QueueLoop : IPipelineLoop
{
    private readonly object _gate = new();
    private readonly Queue<(Action<object?> Action, object? State)> _work = new();
    private int _threadId;
    private bool _isStopped;

    /// <inheritdoc/>
    public bool IsCurrent => Environment.CurrentManagedThreadId == _threadId;

    /// <inheritdoc/>
    public void Post(Action<object?> action, object? state)
    {
        lock (_gate)
        {
            _work.Enqueue((action, state));
            if (_work.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <inheritdoc/>
    public void Run()
    {
        _threadId = Environment.CurrentManagedThreadId;
        while (TryTake(out var work))
        {
            work.Action(work.State);
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It holds nothing.
    }

    private bool TryTake(out (Action<object?> Action, object? State) work)
    {
        lock (_gate)
        {
            while (!_isStopped && _work.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            return _work.TryDequeue(out work);
        }
    }
}
