using System.IO.Pipelines;

namespace Cluster.Http.Loops;

/// <summary>Runs what the two ends of a pipe have for each other on the loop's thread: at once if they are there already.</summary>
/// <param name="loop">The loop.</param>
internal sealed class LoopScheduler(IPipelineLoop loop) : PipeScheduler
{
    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state)
    {
        if (loop.IsCurrent)
        {
            action(state);
        }
        else
        {
            loop.Post(action, state);
        }
    }
}
