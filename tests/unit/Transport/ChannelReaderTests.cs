using System.Collections.Concurrent;
using System.IO.Pipes;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Transport;

/// <summary>Who reads a channel: its reader thread, a inline reader, and the reader thread again. Over a real pipe.</summary>
public sealed class ChannelReaderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NamedPipeServerStream _server;
    private readonly NamedPipeClientStream _client;
    private readonly PipeReadiness _readiness;
    private readonly ChannelReader _reader;
    private readonly BlockingCollection<(FrameKind Kind, Thread Thread)> _frames = [];
    private readonly BlockingCollection<long> _activityStamp = [];
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChannelReaderTests()
    {
        var name = Path.Combine(Path.GetTempPath(), $"reader-{Guid.NewGuid():N}"[..20]);
        _server = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        _client = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
        _client.Connect(10_000);
        _server.WaitForConnection();
        _readiness = new PipeReadiness(_server);
        _reader = new ChannelReader(
            new FrameReader(_server, AllFrames.Table, 100_000),
            _readiness,
            "test",
            frame =>
            {
                _activityStamp.Add(_reader!.ActivityStamp);
                _frames.Add((frame.Kind, Thread.CurrentThread));
            },
            failure => _ended.TrySetResult(failure));
        _reader.Start();
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _reader.Dispose();
        _readiness.Dispose();
        _frames.Dispose();
        _activityStamp.Dispose();
    }

    [Fact]
    public void The_own_thread_reads_when_nobody_else_does()
    {
        Send(ControlKind.Online);
        Assert.NotEqual(Thread.CurrentThread, Next(ControlKind.Online));
    }

    [UnixFact]
    public void An_inline_reader_reads_on_its_own_thread_and_the_reader_thread_goes_on_after_it()
    {
        for (var round = 0; round < 50; round++)
        {
            ReadInline(() => Send(ControlKind.Ready), () => _frames.Count > 0);
            Assert.Equal(Thread.CurrentThread, Next(ControlKind.Ready));
            if (round % 10 == 0)
            {
                Send(ControlKind.Leave);
                Assert.NotEqual(Thread.CurrentThread, Next(ControlKind.Leave));
            }
        }
    }

    [Fact]
    public void Its_turns_are_odd_while_it_waits_and_even_while_it_deals_with_a_frame()
    {
        Assert.Equal(1, _reader.ActivityStamp);
        Send(ControlKind.Online);
        Next(ControlKind.Online);
        Assert.Equal(2, _activityStamp.Take());
        Send(ControlKind.Ready);
        Next(ControlKind.Ready);
        Assert.Equal(4, _activityStamp.Take());
    }

    [UnixFact]
    public void An_inline_reader_leaves_at_its_deadline()
    {
        _reader.ReadUntil(() => false, Deadline.After(TimeSpan.FromMilliseconds(5)), default);
        Assert.Empty(_frames);
    }

    [UnixFact]
    public void An_inline_reader_leaves_when_it_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        ReadInline(() => cancellation.CancelAfter(1), () => false, cancellation.Token);
        Assert.True(cancellation.IsCancellationRequested);
    }

    [UnixFact]
    public void An_inline_reader_looks_again_when_it_is_interrupted()
    {
        var isDone = false;
        ReadInline(
            () => RunSoon(() =>
            {
                Volatile.Write(ref isDone, true);
                _reader.Interrupt();
            }),
            () => Volatile.Read(ref isDone));
        Assert.True(isDone);
    }

    [UnixFact]
    public void An_inline_reader_that_stops_in_the_middle_of_a_frame_loses_nothing_of_it()
    {
        var bytes = Bytes(ControlKind.Online);
        _client.Write(bytes, 0, 3);
        _reader.ReadUntil(() => false, Deadline.After(TimeSpan.FromMilliseconds(20)), default);
        Assert.Empty(_frames);
        _client.Write(bytes, 3, bytes.Length - 3);
        Next(ControlKind.Online);
    }

    [UnixFact]
    public async Task The_end_is_told_on_either_thread()
    {
        ReadInline(() => RunSoon(_client.Dispose), () => false);
        Assert.Null(await _ended.Task.WaitAsync(Patience));
    }

    [UnixFact]
    public async Task A_broken_frame_ends_the_reading_on_either_thread()
    {
        ReadInline(() => _client.Write([0, 0, 0, 0, 1]), () => false);
        Assert.IsType<ProtocolException>(await _ended.Task.WaitAsync(Patience));
    }

    [UnixFact]
    public async Task Disposing_ends_an_inline_reader()
    {
        ReadInline(() => RunSoon(_reader.Dispose), () => false);
        Assert.Null(await _ended.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task What_an_inline_reader_cannot_read_ends_the_reading_though_nothing_more_comes()
    {
        using var pipe = new LatePipe { IsReadable = true };
        using var stream = new MemoryStream([0, 0, 0, 0, 1]);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var reader = new ChannelReader(new FrameReader(stream, AllFrames.Table, 100), pipe, "late", _ => { }, failure => ended.TrySetResult(failure));
        reader.Start();
        Assert.True(pipe.OwnThreadWaits.Wait(Patience));
        reader.ReadUntil(() => false, Deadline.After(Patience), default);
        Assert.IsType<ProtocolException>(await ended.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Disposing_ends_the_reader_thread_though_an_inline_reader_takes_the_interruption_first()
    {
        using var pipe = new LatePipe();
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reader = new ChannelReader(new FrameReader(Stream.Null, AllFrames.Table, 100), pipe, "late", _ => { }, failure => ended.TrySetResult(failure));
        reader.Start();
        Assert.True(pipe.OwnThreadWaits.Wait(Patience));
        RunSoon(() =>
        {
            pipe.InlineReaderWaits.Wait(Patience);
            reader.Dispose();
        });
        reader.ReadUntil(() => false, Deadline.After(Patience), default);
        Assert.Null(await ended.Task.WaitAsync(Patience));
    }

    [UnixFact]
    public void Polling_that_is_always_in_vain_becomes_rare()
    {
        const int Answers = 64;
        using var pipe = new SleepersPipe();
        using var stream = new AnswerStream(Bytes(ControlKind.Online), Answers);
        var received = 0;
        using var reader = new ChannelReader(new FrameReader(stream, AllFrames.Table, 100), pipe, "sleepers", _ => received++, _ => { });
        reader.Start();
        Assert.True(pipe.OwnThreadWaits.Wait(Patience));
        reader.ReadUntil(() => received == Answers, Deadline.After(Patience), default);
        Assert.Equal(Answers, received);
        Assert.InRange(pipe.VainPolls, 0, Answers / 4);
    }

    /// <summary>One frame after the other, each by a read of its own.</summary>
    private sealed class AnswerStream(byte[] frame, int count) : MemoryStream([.. Enumerable.Repeat(frame, count).SelectMany(static bytes => bytes)])
    {
        private readonly int _size = frame.Length;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, _size);
    }

    /// <summary>A pipe in which the other side answers only when the inline reader sleeps.</summary>
    private sealed class SleepersPipe : IPipeReadiness
    {
        private readonly ManualResetEventSlim _interrupted = new();
        private int _readerThread;
        private bool _isPolling;

        public ManualResetEventSlim OwnThreadWaits { get; } = new();

        /// <summary>How often the inline reader slept after polling.</summary>
        public int VainPolls { get; private set; }

        public bool CanWait => true;

        public bool HasRoom() => true;

        public bool WaitReadable(TimeSpan timeout)
        {
            var current = Environment.CurrentManagedThreadId;
            var own = Interlocked.CompareExchange(ref _readerThread, current, 0);
            if (own == 0 || own == current)
            {
                OwnThreadWaits.Set();
                _interrupted.Wait();
                return false;
            }

            VainPolls += _isPolling && timeout != TimeSpan.Zero ? 1 : 0;
            _isPolling = timeout == TimeSpan.Zero;
            return !_isPolling;
        }

        public void Interrupt() => _interrupted.Set();

        public void Continue()
        {
        }

        public void Dispose()
        {
            _interrupted.Dispose();
            OwnThreadWaits.Dispose();
        }
    }

    /// <summary>A pipe of which the reader thread, unlike a inline reader, hears late: it misses what a inline reader takes first, as poll(2) does.</summary>
    private sealed class LatePipe : IPipeReadiness
    {
        private readonly ManualResetEventSlim _interrupted = new();
        private readonly ManualResetEventSlim _taken = new();
        private int _readerThread;

        public ManualResetEventSlim OwnThreadWaits { get; } = new();

        public ManualResetEventSlim InlineReaderWaits { get; } = new();

        public bool IsReadable { get; init; }

        public bool CanWait => true;

        public bool HasRoom() => true;

        public bool WaitReadable(TimeSpan timeout)
        {
            if (Interlocked.CompareExchange(ref _readerThread, Environment.CurrentManagedThreadId, 0) is not 0 and var own && own != Environment.CurrentManagedThreadId)
            {
                InlineReaderWaits.Set();
                return IsReadable || (timeout != TimeSpan.Zero && !_interrupted.Wait(timeout) && IsReadable);
            }

            OwnThreadWaits.Set();
            do
            {
                _interrupted.Wait();
                _taken.Wait(TimeSpan.FromMilliseconds(200));
            }
            while (!_interrupted.IsSet);
            return false;
        }

        public void Interrupt() => _interrupted.Set();

        public void Continue()
        {
            _interrupted.Reset();
            _taken.Set();
        }

        public void Dispose()
        {
            _interrupted.Dispose();
            _taken.Dispose();
            OwnThreadWaits.Dispose();
            InlineReaderWaits.Dispose();
        }
    }

    private static byte[] Bytes(FrameKind kind)
    {
        var buffer = new OutgoingBuffer();
        buffer.AppendControl(kind, []);
        using var stream = new MemoryStream();
        buffer.WriteTo(stream);
        return stream.ToArray();
    }

    private static void RunSoon(Action action) => new Thread(() => action()) { IsBackground = true }.Start();

    /// <summary>Reads inline; the reader thread may have been reading at first.</summary>
    private void ReadInline(Action whenIn, Func<bool> isDone, CancellationToken cancellation = default)
    {
        var isIn = false;
        var deadline = Deadline.After(Patience);
        while (!isIn && !deadline.HasPassed)
        {
            _reader.ReadUntil(
                () =>
                {
                    if (!isIn)
                    {
                        isIn = true;
                        whenIn();
                    }

                    return isDone();
                },
                deadline,
                cancellation);
        }

        Assert.True(isIn);
        Assert.False(deadline.HasPassed);
    }

    private void Send(FrameKind kind) => _client.Write(Bytes(kind));

    private Thread Next(FrameKind kind)
    {
        Assert.True(_frames.TryTake(out var frame, Patience));
        Assert.Equal(kind, frame.Kind);
        return frame.Thread;
    }
}
