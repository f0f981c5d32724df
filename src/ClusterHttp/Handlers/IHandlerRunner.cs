namespace Cluster.Http.Handlers;

/// <summary>Runs handlers, on whatever thread they belong to.</summary>
internal interface IHandlerRunner
{
    /// <summary>Runs a handler. Thread-safe.</summary>
    /// <param name="call">The call.</param>
    /// <returns>What is to be answered. Errors of the handler are reported and are an answer.</returns>
    ValueTask<HandlerResult> RunAsync(HandlerCall call);
}
