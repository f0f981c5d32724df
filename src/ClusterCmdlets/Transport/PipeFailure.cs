namespace Cluster.Transport;

/// <summary>What reading and writing a pipe throws when it breaks or is closed meanwhile.</summary>
internal static class PipeFailure
{
    /// <summary>Whether an exception is the pipe's end and no fault of the program.</summary>
    /// <param name="exception">What a read or a write has thrown.</param>
    /// <returns>True for a broken pipe, and for one that was closed before or during the call.</returns>
    /// <remarks>
    /// A call that is under way when the pipe is closed ends with an <see cref="OperationCanceledException"/> on Windows, where
    /// the system aborts it; on Unix the socket is shut down and it ends with an <see cref="IOException"/> or as at the end
    /// of the stream. A pipe that was never connected, or is not any more, is an <see cref="InvalidOperationException"/>, which
    /// <see cref="ObjectDisposedException"/> is too.
    /// </remarks>
    public static bool Is(Exception exception) => exception is IOException or InvalidOperationException or OperationCanceledException;
}
