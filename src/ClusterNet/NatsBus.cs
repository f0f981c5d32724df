using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using Cluster.Machines;
using NATS.Client.Core;

namespace Cluster.Net;

/// <summary>
/// The bus by NATS, without its streams. What is published while it is not connected is dropped, and so is what could not be sent when
/// the connection was lost. Made by <see cref="NatsLibrary"/>. Thread-safe.
/// </summary>
internal sealed class NatsBus : IMessageBus
{
    /// <summary>
    /// What the system may keep of what was sent. With more a slow connection answers late, and then nobody can tell it from a dead one.
    /// </summary>
    private const int SendBufferBytes = 256 * 1024;

    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SubscribeWait = TimeSpan.FromSeconds(5);

    private readonly MessageBusOptions _options;
    private readonly FailureLog _log = new();
    private readonly NatsConnection _connection;
    private readonly PublishQueue _queue;
    private readonly ConcurrentDictionary<BusSubscription, bool> _subscriptions = new();
    private ConnectionWatch? _watch;
    private volatile Socket? _socket;
    private int _opened;
    private int _isDisposed;

    /// <summary>Prepares the connection; nothing is sent before <see cref="ConnectAsync"/>.</summary>
    /// <param name="options">How servers are reached.</param>
    /// <exception cref="Contracts.ClusterException">A file or the pin of the options cannot be used.</exception>
    public NatsBus(MessageBusOptions options)
    {
        _options = options;
        try
        {
            var trust = new ServerTrust(options.CertificatePin, options.AuthorityPath);
            _connection = new NatsConnection(ConnectionSettings.Of(options, trust, _log));
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw ConnectFailure.OfSettings(options, exception);
        }

        _queue = new PublishQueue(_connection, SignOfLife, message => Raise(Refused, message));
        _connection.OnSocketAvailableAsync = OnSocket;
        _connection.ConnectionOpened += OnOpened;
        _connection.ConnectionDisconnected += OnDisconnected;
        _connection.ServerError += OnServerError;
    }

    /// <inheritdoc/>
    public event Action<bool>? ConnectionChanged;

    /// <inheritdoc/>
    public event Action<string>? Refused;

    /// <inheritdoc/>
    public event Action<Exception>? HandlerFailed;

    /// <inheritdoc/>
    public bool IsConnected => Volatile.Read(ref _isDisposed) == 0 && _connection.ConnectionState == NatsConnectionState.Open;

    /// <inheritdoc/>
    public Exception? LastFailure => IsConnected ? null : _log.Last;

    /// <inheritdoc/>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            await _connection.ConnectAsync().AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // The library names its cause when a server was reached, and otherwise only logs it.
            var cause = exception.InnerException is null ? _log.Last ?? exception : exception;
            throw ConnectFailure.Of(_options, cause, hasReached: _socket is not null);
        }

        _log.Forget();
        _watch = new ConnectionWatch(_connection, () => _socket);
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(string subject, Action<BusMessage> handler)
    {
        var subscription = new BusSubscription(this, _connection, subject, handler);
        // The library itself would let go of it.
        _subscriptions[subscription] = true;
        try
        {
            await _connection.AddSubAsync(subscription).ConfigureAwait(false);
        }
        catch
        {
            Forget(subscription);
            throw;
        }

        try
        {
            using var limit = new CancellationTokenSource(SubscribeWait);
            await _connection.PingAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException)
        {
            // The connection was lost meanwhile: the next one begins with the subscriptions.
        }

        return subscription;
    }

    /// <inheritdoc/>
    public void Publish(string subject, ReadOnlyMemory<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MessageBusOptions.MaxPayload, nameof(payload));
        _queue.Add(subject, payload);
    }

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>?> AskAsync(string subject, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!IsConnected)
        {
            throw new TimeoutException("There is no connection to the message server.", LastFailure);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            var answer = await _connection.RequestAsync(
                subject,
                payload,
                requestSerializer: PayloadSerializer.Instance,
                replySerializer: PayloadSerializer.Instance,
                replyOpts: new NatsSubOpts { Timeout = timeout, ThrowIfNoResponders = false },
                cancellationToken: limit.Token).ConfigureAwait(false);
            SignOfLife();
            // Without its type null would be an empty answer.
            return answer.HasNoResponders ? (ReadOnlyMemory<byte>?)null : answer.Data;
        }
        catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException)
        {
            // Also when no answer came at the moment of the cancellation.
            cancellation.ThrowIfCancellationRequested();
            throw new TimeoutException($"Nobody has answered within {timeout.TotalSeconds:0.###} s.", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _queue.DisposeAsync().ConfigureAwait(false);
        if (_connection.ConnectionState == NatsConnectionState.Open)
        {
            try
            {
                // When the answer is there, the server has all that came before.
                using var limit = new CancellationTokenSource(LastWait);
                await _connection.PingAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is NatsException or OperationCanceledException or ObjectDisposedException)
            {
                // It may be lost, as all that is on its way.
            }
        }

        if (_watch is not null)
        {
            await _watch.DisposeAsync().ConfigureAwait(false);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
        _subscriptions.Clear();
        _log.Dispose();
    }

    /// <summary>Notes that something has arrived or left.</summary>
    internal void SignOfLife() => _watch?.SignOfLife();

    /// <summary>Lets go of a subscription that has ended.</summary>
    /// <param name="subscription">The subscription.</param>
    internal void Forget(BusSubscription subscription) => _subscriptions.TryRemove(subscription, out _);

    private ValueTask<INatsSocketConnection> OnSocket(INatsSocketConnection socket)
    {
        if (socket is INatsTlsUpgradeableSocketConnection own)
        {
            own.Socket.SendBufferSize = SendBufferBytes;
            _socket = own.Socket;
        }

        return ValueTask.FromResult(socket);
    }

    private ValueTask OnOpened(object? sender, NatsEventArgs args)
    {
        // The first one is what ConnectAsync tells.
        if (Interlocked.Increment(ref _opened) > 1)
        {
            _log.Forget();
            Raise(ConnectionChanged, true);
        }

        return default;
    }

    private ValueTask OnDisconnected(object? sender, NatsEventArgs args)
    {
        _queue.Drop();
        Raise(ConnectionChanged, false);
        return default;
    }

    private ValueTask OnServerError(object? sender, NatsServerErrorEventArgs args)
    {
        // A stale connection is no refusal: it is made anew.
        if (args.Kind != NatsServerErrorKind.StaleConnection)
        {
            Raise(Refused, args.Error);
        }

        return default;
    }

    /// <summary>A handler has thrown: the library would end its subscription, or its events, if it saw that.</summary>
    /// <param name="exception">What it has thrown.</param>
    internal void OnHandlerFailed(Exception exception) => HandlerFailed?.Invoke(exception);

    private void Raise<T>(Action<T>? handlers, T value)
    {
        try
        {
            handlers?.Invoke(value);
        }
        catch (Exception exception)
        {
            OnHandlerFailed(exception);
        }
    }
}
