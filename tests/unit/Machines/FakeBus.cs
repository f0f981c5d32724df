using System.Collections.Concurrent;
using Cluster.Machines;

namespace Cluster.UnitTests.Machines;

/// <summary>
/// A bus within this process: one thread delivers everything in the order in which it was sent, as a server would, and loses what it is told to.
/// </summary>
internal sealed class FakeBus : IDisposable
{
    private readonly BlockingCollection<(FakeConnection From, string Subject, ReadOnlyMemory<byte> Payload, string? ReplyTo)> _queue = [];
    private readonly ConcurrentDictionary<(FakeConnection, string), Action<BusMessage>> _subscriptions = new();
    private readonly Thread _thread;
    private int _inboxes;

    public FakeBus()
    {
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether a message is lost.</summary>
    public Func<string, bool> Loses { get; set; } = _ => false;

    public FakeConnection Connect() => new(this);

    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }

    private void Run()
    {
        foreach (var (from, subject, payload, replyTo) in _queue.GetConsumingEnumerable())
        {
            if (from.IsConnected && !Loses(subject))
            {
                foreach (var ((to, pattern), handler) in _subscriptions)
                {
                    if (to.IsConnected && Matches(pattern, subject))
                    {
                        to.Handle(handler, new BusMessage(subject, payload, replyTo));
                    }
                }
            }
        }
    }

    private static bool Matches(string pattern, string subject) =>
        pattern == subject || (pattern.EndsWith('>') && subject.StartsWith(pattern[..^1], StringComparison.Ordinal));

    /// <summary>One side's connection.</summary>
    internal sealed class FakeConnection(FakeBus bus) : IMessageBus
    {
        public event Action<bool>? ConnectionChanged;

        public event Action<string>? Refused;

        public event Action<Exception>? HandlerFailed;

        public bool IsConnected { get; private set; } = true;

        public Exception? LastFailure => null;

        public Task ConnectAsync(CancellationToken cancellation) => Task.CompletedTask;

        public void Cut()
        {
            IsConnected = false;
            ConnectionChanged?.Invoke(false);
        }

        public void Heal()
        {
            IsConnected = true;
            ConnectionChanged?.Invoke(true);
        }

        public void Handle(Action<BusMessage> handler, BusMessage message)
        {
            try
            {
                handler(message);
            }
            catch (Exception exception)
            {
                HandlerFailed?.Invoke(exception);
            }
        }

        public void Refuse(string reason) => Refused?.Invoke(reason);

        public Task<IAsyncDisposable> SubscribeAsync(string subject, Action<BusMessage> handler)
        {
            bus._subscriptions[(this, subject)] = handler;
            return Task.FromResult<IAsyncDisposable>(new Subscription(bus, (this, subject)));
        }

        public void Publish(string subject, ReadOnlyMemory<byte> payload) => Send(subject, payload, null);

        public async Task<ReadOnlyMemory<byte>?> AskAsync(string subject, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellation)
        {
            if (!IsConnected)
            {
                throw new TimeoutException();
            }

            if (!bus._subscriptions.Any(subscription => subscription.Key.Item1.IsConnected && Matches(subscription.Key.Item2, subject)))
            {
                return null;
            }

            var inbox = $"inbox.{Interlocked.Increment(ref bus._inboxes)}";
            var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var subscription = await SubscribeAsync(inbox, message => answer.TrySetResult(message.Payload));
            Send(subject, payload, inbox);
            return await answer.Task.WaitAsync(timeout, cancellation);
        }

        /// <summary>As the real one: what was sent before has arrived, unless it is lost.</summary>
        public async ValueTask DisposeAsync()
        {
            if (IsConnected)
            {
                var last = $"last.{Interlocked.Increment(ref bus._inboxes)}";
                var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var subscription = await SubscribeAsync(last, _ => arrived.TrySetResult());
                Send(last, ReadOnlyMemory<byte>.Empty, null);
                await Task.WhenAny(arrived.Task, Task.Delay(TimeSpan.FromSeconds(1)));
            }

            IsConnected = false;
        }

        private void Send(string subject, ReadOnlyMemory<byte> payload, string? replyTo)
        {
            if (IsConnected)
            {
                try
                {
                    bus._queue.Add((this, subject, payload, replyTo));
                }
                catch (InvalidOperationException)
                {
                    // The bus has ended.
                }
            }
        }

        private sealed class Subscription(FakeBus bus, (FakeConnection, string) key) : IAsyncDisposable
        {
            public ValueTask DisposeAsync()
            {
                bus._subscriptions.TryRemove(key, out _);
                return ValueTask.CompletedTask;
            }
        }
    }
}
