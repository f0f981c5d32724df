using System.Buffers;
using Cluster.Machines;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>
/// What is sent to one subject. Its handler is called where the connection is read: a message costs no change of threads, and when a
/// handler is slow the connection is read later, so nothing is ever dropped here.
/// </summary>
internal sealed class BusSubscription : NatsSubBase, IAsyncDisposable
{
    private readonly NatsBus _bus;
    private readonly Action<BusMessage> _handler;
    private volatile bool _isEnded;

    /// <summary>Prepares a subscription; the connection does not know it yet.</summary>
    /// <param name="bus">Its bus.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="handler">Called for each message.</param>
    public BusSubscription(NatsBus bus, NatsConnection connection, string subject, Action<BusMessage> handler)
        : base(connection, connection.SubscriptionManager, subject, queueGroup: null, opts: null)
    {
        _bus = bus;
        _handler = handler;
    }

    /// <summary>Ends the subscription. No message is given to the handler after it has completed, unless one is being handled.</summary>
    /// <returns>Completes when the server has been told.</returns>
    public override async ValueTask DisposeAsync()
    {
        _isEnded = true;
        _bus.Forget(this);
        try
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NatsException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection has ended, or the server cannot be told now: it forgets the subscription with the connection.
        }
    }

    /// <inheritdoc/>
    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        _bus.SignOfLife();
        if (!_isEnded)
        {
            try
            {
                _handler(new BusMessage(subject, payloadBuffer.ToArray(), replyTo));
            }
            catch (Exception exception)
            {
                _bus.OnHandlerFailed(exception);
            }
        }

        return default;
    }

    /// <inheritdoc/>
    protected override void TryComplete() => _isEnded = true;
}
