namespace Cluster.Transport;

/// <summary>What the operating system says of a pipe without touching its data.</summary>
internal interface IPipeReadiness : IDisposable
{
    /// <summary>
    /// Whether <see cref="WaitReadable"/> works. Where it does not, only a thread of the channel's own may read.
    /// </summary>
    bool CanWait { get; }

    /// <summary>Whether a write of 16 KiB would not block at this moment. Thread-safe.</summary>
    /// <returns>False where the system cannot tell.</returns>
    bool HasRoom();

    /// <summary>Waits until there is something to read, the end included. Any number of threads may wait.</summary>
    /// <param name="timeout">The longest wait.</param>
    /// <returns>False when the time is over or <see cref="Interrupt"/> was called.</returns>
    bool WaitReadable(TimeSpan timeout);

    /// <summary>Ends the waits at hand and, until <see cref="Continue"/>, those to come. Thread-safe.</summary>
    void Interrupt();

    /// <summary>Waits wait again.</summary>
    void Continue();
}
