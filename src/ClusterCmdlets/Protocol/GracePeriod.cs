namespace Cluster.Protocol;

/// <summary>The time that a worker has for its <c>finally</c> blocks when its master ends, in whichever way.</summary>
internal static class GracePeriod
{
    /// <summary>
    /// Both sides keep to it: the worker when the pipe closes under it, the master when it still can stop
    /// its workers itself.
    /// </summary>
    public static readonly TimeSpan Time = TimeSpan.FromMilliseconds(600);
}
