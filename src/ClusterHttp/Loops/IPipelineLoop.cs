namespace Cluster.Http.Loops;

/// <summary>What the pipeline thread does while a server runs: work that others give it, in order.</summary>
internal interface IPipelineLoop : IDisposable
{
    /// <summary>Whether the calling thread is the loop's.</summary>
    bool IsCurrent { get; }

    /// <summary>Gives it work. Thread-safe; what comes after its end is not done.</summary>
    /// <param name="action">The work, which must not throw.</param>
    /// <param name="state">Given to the work.</param>
    void Post(Action<object?> action, object? state);

    /// <summary>Works on the calling thread until it is told to stop.</summary>
    void Run();

    /// <summary>Lets <see cref="Run"/> return after the work at hand. Thread-safe.</summary>
    void Stop();
}
