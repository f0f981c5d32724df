namespace Cluster.Supervision;

/// <summary>The steps of an end, in order: each is taken whatever became of those before it, and what failed is kept.</summary>
internal sealed class CleanupSteps
{
    private readonly List<Exception> _failures = [];

    /// <summary>What has failed so far, in order.</summary>
    public IReadOnlyList<Exception> Failures => _failures;

    /// <summary>Keeps what has failed before the first step.</summary>
    /// <param name="failure">What.</param>
    public void Note(Exception failure) => _failures.Add(failure);

    /// <summary>Takes a step.</summary>
    /// <param name="step">The step.</param>
    public void Run(Action step)
    {
        try
        {
            step();
        }
#pragma warning disable CA1031 // It is reported when the rest has been done.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failures.Add(exception);
        }
    }

    /// <summary>Takes a step that waits.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Completes when it is done or has failed.</returns>
    public async Task RunAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is reported when the rest has been done.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failures.Add(exception);
        }
    }
}
