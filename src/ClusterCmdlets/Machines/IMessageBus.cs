namespace Cluster.Machines;

/// <summary>
/// A connection to message servers, by which machines reach each other: subjects, subscriptions, questions. What is sent while it is not
/// connected may be lost, and so may what is on its way when a server ends; <see cref="Link.MachineLink"/> makes up for that. Thread-safe.
/// </summary>
internal interface IMessageBus : IAsyncDisposable
{
    /// <summary>Raised when the connection is there again (true) or is gone (false). It comes back by itself. Handlers return quickly.</summary>
    event Action<bool>? ConnectionChanged;

    /// <summary>Raised when the server refuses something, with what it says: a subject that this side may not use, say.</summary>
    event Action<string>? Refused;

    /// <summary>Raised when a handler of this bus has thrown, which is a fault of that handler. The message is lost; the next one is given to it all the same.</summary>
    event Action<Exception>? HandlerFailed;

    /// <summary>Whether it is connected at this moment.</summary>
    bool IsConnected { get; }

    /// <summary>Why it could not be connected when that was tried last; null when it is connected.</summary>
    Exception? LastFailure { get; }

    /// <summary>Connects for the first time. Called once.</summary>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Completes when the server has accepted the connection.</returns>
    /// <exception cref="Contracts.ClusterException">No server can be reached, its certificate is another one, or it refuses the credential.</exception>
    Task ConnectAsync(CancellationToken cancellation);

    /// <summary>Takes what is sent to a subject, in the order in which it arrives.</summary>
    /// <param name="subject">The subject; it may end with a wildcard.</param>
    /// <param name="handler">Called for each message, one at a time. It must not block for long: what comes behind it waits.</param>
    /// <returns>Ends the subscription. The server knows of it when this completes.</returns>
    Task<IAsyncDisposable> SubscribeAsync(string subject, Action<BusMessage> handler);

    /// <summary>Sends a message. Never waits, and keeps the order of one thread's messages.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The message, at most <see cref="MessageBusOptions.MaxPayload"/> bytes; it is not changed afterwards.</param>
    void Publish(string subject, ReadOnlyMemory<byte> payload);

    /// <summary>Sends a question and waits for the first answer, which is published to <see cref="BusMessage.ReplyTo"/>.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The question.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The answer; null when the server says that nobody listens.</returns>
    /// <exception cref="TimeoutException">None came in time, or there is no connection.</exception>
    Task<ReadOnlyMemory<byte>?> AskAsync(string subject, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation);
}
