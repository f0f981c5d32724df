namespace Cluster.Http.Handlers;

/// <summary>Runs handlers, on whatever thread they belong to.</summary>
internal interface IHandlerRunner
{
    /// <summary>Waits for a moment at which a handler could begin. For one caller at a time.</summary>
    /// <returns>When it has come.</returns>
    ValueTask WhenFreeAsync();

    /// <summary>Runs a handler. Thread-safe.</summary>
    /// <param name="call">The call.</param>
    /// <returns>What is to be answered. Errors of the handler are reported and are an answer.</returns>
    ValueTask<HandlerResult> RunAsync(HandlerCall call);
}
