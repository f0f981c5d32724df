using System.Diagnostics.CodeAnalysis;
using Cluster.Http.Requests;

namespace Cluster.Http.Handlers;

/// <summary>One call of a handler.</summary>
/// <param name="handler">The handler.</param>
/// <param name="request">What it answers.</param>
/// <param name="stream">Takes what it writes as it comes; null if that is taken together at its end.</param>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer and without a wait handle holds nothing.")]
internal sealed class HandlerCall(HttpHandler handler, KestrelRequest request, StreamedAnswer? stream)
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Dropped = 2;

    private CancellationTokenSource? _stop;
    private int _state;

    /// <summary>The handler.</summary>
    public HttpHandler Handler => handler;

    /// <summary>What it answers.</summary>
    public KestrelRequest Request => request;

    /// <summary>Takes what it writes as it comes; null if that is taken together at its end.</summary>
    public StreamedAnswer? Stream => stream;

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsStopped => _stop is { IsCancellationRequested: true };

    /// <summary>Cancelled when nobody waits for it any more; for calls that were made stoppable.</summary>
    public CancellationToken StopToken => _stop?.Token ?? CancellationToken.None;

    /// <summary>Lets it be stopped. Before it is given to a runner.</summary>
    public void MakeStoppable() => _stop = new CancellationTokenSource();

    /// <summary>Called before the handler is: it is not to be if nobody waits for it any more.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

    /// <summary>Stops the handler if it runs, and lets it not begin if it does not. Thread-safe.</summary>
    /// <returns>Whether it has begun, and may still use the request.</returns>
    public bool Stop()
    {
        var hasBegun = Interlocked.CompareExchange(ref _state, Dropped, Waiting) == Begun;
        request.Cancel();

        if (_stop is { } stop)
        {
            // On the pool: what it calls is not this thread's work.
            _ = stop.CancelAsync();
        }

        return hasBegun;
    }
}
