using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Transport;

/// <summary>A pipe that is closed under a read or a write: on Windows that is an <see cref="OperationCanceledException"/>.</summary>
public sealed class PipeFailureTests
{
    public static TheoryData<Exception> Ends =>
    [
        new OperationCanceledException(), new ObjectDisposedException("pipe"), new IOException("broken"), new InvalidOperationException("not connected"),
    ];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Under_a_read_the_channel_ends(Exception thrown)
    {
        using var pipe = new AbortedPipe(thrown);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var reader = new ChannelReader(new FrameReader(pipe, AllFrames.Table, 1000), new CannotWait(), "test", _ => { }, failure => ended.TrySetResult(failure));
        reader.Start();
        pipe.Close();
        Assert.Same(thrown, await ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Under_a_write_the_writer_says_so(Exception thrown)
    {
        using var pipe = new AbortedPipe(thrown);
        using var writer = new FrameWriter(ChannelLimits.Default);
        var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        writer.Failed += failure => failed.TrySetResult(failure);
        writer.Attach(pipe, "test", () => false);
        writer.WriteControl(ControlKind.Ping, []);
        pipe.Close();
        Assert.Same(thrown, await failed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.False(writer.IsAccepting);
    }

    [Fact]
    public void What_is_no_pipes_fault_is_none() => Assert.False(PipeFailure.Is(new NotSupportedException()));

    private sealed class CannotWait : IPipeReadiness
    {
        public bool CanWait => false;

        public bool HasRoom() => false;

        public bool WaitReadable(TimeSpan timeout) => throw new NotSupportedException();

        public void Interrupt()
        {
        }

        public void Continue()
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Reads and writes block until it is disposed, and then end with an exception.</summary>
    private sealed class AbortedPipe(Exception thrown) : Stream
    {
        private readonly TaskCompletionSource _closed = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            WaitForEnd();
            throw thrown;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            WaitForEnd();
            throw thrown;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetResult();
            base.Dispose(disposing);
        }

#pragma warning disable VSTHRD002 // As a real stream does.
        private void WaitForEnd() => _closed.Task.Wait(TimeSpan.FromSeconds(30));
#pragma warning restore VSTHRD002
    }
}
