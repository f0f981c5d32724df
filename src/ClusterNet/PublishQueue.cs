using System.Diagnostics.CodeAnalysis;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>
/// Gives messages to the connection in their order, without making the sender wait: at once while the connection takes them, otherwise
/// one task does it. What waits here is bounded by the senders' windows, and is dropped when the connection is lost. Thread-safe.
/// </summary>
internal sealed class PublishQueue : IAsyncDisposable
{
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(1);

    private readonly NatsConnection _connection;
    private readonly Action _onProgress;
    private readonly Action<string> _onRefused;
    private readonly object _gate = new();
    private readonly Queue<(string Subject, ReadOnlyMemory<byte> Payload)> _waiting = new();
    private CancellationTokenSource _sending = new();
    private Task _pump = Task.CompletedTask;
    private bool _isPumping;
    private bool _isEnded;

    /// <summary>Prepares the queue.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="onProgress">Called when the connection has taken what had to wait: bytes have left this machine.</param>
    /// <param name="onRefused">Called when a message is larger than the server takes.</param>
    public PublishQueue(NatsConnection connection, Action onProgress, Action<string> onRefused)
    {
        _connection = connection;
        _onProgress = onProgress;
        _onRefused = onRefused;
    }

    /// <summary>Sends a message, or puts it behind those that wait. Without a connection it is dropped.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The message.</param>
    public void Add(string subject, ReadOnlyMemory<byte> payload)
    {
        lock (_gate)
        {
            if (_isEnded || _connection.ConnectionState != NatsConnectionState.Open)
            {
                return;
            }

            if (_isPumping)
            {
                _waiting.Enqueue((subject, payload));
                return;
            }

            if (!TrySend(subject, payload, out var rest))
            {
                _isPumping = true;
                _pump = PumpAsync(rest);
            }
        }
    }

    /// <summary>Drops what waits: the connection is lost, and those who have sent it send it again.</summary>
    public void Drop()
    {
        CancellationTokenSource sending;
        lock (_gate)
        {
            _waiting.Clear();
            sending = _sending;
            _sending = new CancellationTokenSource();
        }

        sending.Cancel();
        sending.Dispose();
    }

    /// <summary>Takes no more, and waits a moment until the connection has taken what was there. What is left then is dropped.</summary>
    /// <returns>Completes when nothing waits any more.</returns>
    public async ValueTask DisposeAsync()
    {
        Task pump;
        lock (_gate)
        {
            _isEnded = true;
            pump = _pump;
        }

        try
        {
            await pump.WaitAsync(LastWait).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Drop();
            await pump.ConfigureAwait(false);
        }

        _sending.Dispose();
    }

    /// <summary>Gives a message to the connection.</summary>
    /// <returns>False when it does not take it at once, but by a task that is to be awaited.</returns>
    [SuppressMessage("Reliability", "CA2012", Justification = "It is awaited once: here, or by the pump.")]
    private bool TrySend(string subject, ReadOnlyMemory<byte> payload, out ValueTask rest)
    {
        rest = default;
        try
        {
            var sent = _connection.PublishAsync(subject, payload, serializer: PayloadSerializer.Instance, cancellationToken: _sending.Token);
            if (sent.IsCompletedSuccessfully)
            {
                return true;
            }

            rest = sent;
            return false;
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            OnLoss(exception);
            return true;
        }
    }

    private async Task PumpAsync(ValueTask sending)
    {
        while (true)
        {
            try
            {
                await sending.ConfigureAwait(false);
                _onProgress();
            }
            catch (Exception exception) when (IsLoss(exception))
            {
                OnLoss(exception);
            }

            lock (_gate)
            {
                do
                {
                    if (!_waiting.TryDequeue(out var next))
                    {
                        _isPumping = false;
                        return;
                    }

                    if (!TrySend(next.Subject, next.Payload, out sending))
                    {
                        break;
                    }
                }
                while (true);
            }
        }
    }

    private static bool IsLoss(Exception exception) =>
        exception is NatsException or OperationCanceledException or ObjectDisposedException or TimeoutException or IOException;

    private void OnLoss(Exception exception)
    {
        if (exception is NatsPayloadTooLargeException)
        {
            _onRefused(exception.Message);
        }
    }
}
