using System.Runtime.CompilerServices;

namespace Cluster.Http.Loops;

/// <summary>Awaited, it lets what follows run on the loop's thread.</summary>
/// <param name="loop">The loop.</param>
internal readonly struct LoopSwitch(IPipelineLoop loop) : ICriticalNotifyCompletion
{
    /// <summary>Whether nothing is to be switched.</summary>
    public bool IsCompleted => loop.IsCurrent;

    /// <summary>This, as the compiler wants it.</summary>
    public LoopSwitch GetAwaiter() => this;

    /// <summary>Nothing, as the compiler wants it.</summary>
    public void GetResult()
    {
        // There is no result.
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => loop.Post(static action => ((Action)action!)(), continuation);
}
