namespace Cluster.Transport;

/// <summary>Asks the operating system about the state of a pipe without touching its data.</summary>
internal interface IPipeReadiness : IDisposable
{
    /// <summary>
    /// Whether <see cref="WaitReadable"/> works. Where it does not, only the reader thread reads.
    /// </summary>
    bool CanWait { get; }

    /// <summary>Whether a write of 16 KiB would not block at this moment. Thread-safe.</summary>
    /// <returns>False where the system cannot tell.</returns>
    bool HasRoom();

    /// <summary>Waits until there is something to read, the end included. Any number of threads may wait.</summary>
    /// <param name="timeout">The longest wait.</param>
    /// <returns>False when the time-out has passed or <see cref="Interrupt"/> was called.</returns>
    bool WaitReadable(TimeSpan timeout);

    /// <summary>Ends all waits, and until <see cref="Continue"/> also those that begin later. Thread-safe.</summary>
    void Interrupt();

    /// <summary>Ends an interruption: waits wait again.</summary>
    void Continue();
}
