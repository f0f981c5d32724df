namespace Cluster.Worker;

/// <summary>
/// What keeps a worker alive when its script has come to its end: listeners and connections that are open. Thread-safe.
/// </summary>
internal sealed class KeepAlive
{
    private readonly object _gate = new();
    private int _count;
    private TaskCompletionSource _none = Completed();

    /// <summary>Something was opened.</summary>
    public void Add()
    {
        lock (_gate)
        {
            if (_count++ == 0)
            {
                _none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>It was closed.</summary>
    public void Remove()
    {
        lock (_gate)
        {
            if (--_count == 0)
            {
                _none.SetResult();
            }
        }
    }

    /// <summary>Waits until nothing is open.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public void Wait(CancellationToken cancellation)
    {
        Task none;
        lock (_gate)
        {
            none = _none.Task;
        }

        // It may be opened again by what ends.
        while (!none.IsCompleted)
        {
#pragma warning disable VSTHRD002 // The script's thread, which has nothing else to do, and which the task does not need.
            none.Wait(cancellation);
#pragma warning restore VSTHRD002
            lock (_gate)
            {
                none = _none.Task;
            }
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
