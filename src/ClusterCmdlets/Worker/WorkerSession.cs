using System.Diagnostics.CodeAnalysis;
using System.IO.Pipes;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Worker;

/// <summary>
/// A worker's connection to its master: who it is, what has arrived, what it sends, and its duty to end
/// with the master. One in a process. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The session lives as long as its process.")]
internal sealed class WorkerSession : IPeer, IInboxOwner
{
    /// <summary>A connection may be cut off when it comes in just behind a stranger's.</summary>
    private const int MaxAttempts = 3;

    /// <summary>
    /// The pipe is there before the process is started, so that a refusal means that the master is gone; a little
    /// time is left for a pipe that is opened anew after a stranger.
    /// </summary>
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WelcomeTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(10);

    private readonly Channel _channel;
    private readonly ManualResetEventSlim _launched = new();
    private Welcome? _welcome;
    private volatile bool _isScriptRunning;
    private int _ready;
    private int _goodbyes;

    private WorkerSession()
    {
        _channel = new Channel(ChannelLimits.Default, OnFrame, OnClosed);
        _channel.Writer.Full += AnnounceReady;
    }

    /// <summary>The session of this process; null in a process that is no worker.</summary>
    public static WorkerSession? Current { get; private set; }

    /// <summary>What the worker knows of itself.</summary>
    public WorkerContext Context { get; private set; } = null!;

    /// <inheritdoc/>
    event Action? IPeer.RoomChanged
    {
        add => _channel.RoomChanged += value;
        remove => _channel.RoomChanged -= value;
    }

    /// <inheritdoc/>
    int IPeer.Id => 0;

    /// <inheritdoc/>
    object? IPeer.Subject => null;

    /// <inheritdoc/>
    string IPeer.Condition => "is not there any more";

    /// <inheritdoc/>
    PeerLoad IPeer.Load => new(_channel.Writer.Use, Replies.Count, IsUnproven: false);

    /// <inheritdoc/>
    long IPeer.ChosenAt { get; set; }

    /// <inheritdoc/>
    int IPeer.Slot => -1;

    /// <inheritdoc/>
    int IPeer.ProcessId => Context.MasterProcessId;

    /// <summary>What it runs.</summary>
    public Launch Launch { get; private set; } = null!;

    /// <inheritdoc/>
    public ReplyTable Replies { get; } = new();

    /// <summary>Messages that the script has not read yet.</summary>
    public Inbox<InboxItem> Inbox { get; } = new();

    /// <inheritdoc/>
    IPeer? IInboxOwner.OnlySource => this;

    /// <summary>How it ends with its master.</summary>
    public Lifeline Lifeline { get; } = new();

    /// <summary>Cancelled when the pipeline is to stop.</summary>
    public CancellationToken StopToken => Lifeline.StopToken;

    /// <summary>Connects to the master, shows the token and waits to be told what to run.</summary>
    /// <param name="pipeName">The pipe.</param>
    /// <param name="token">The token.</param>
    /// <returns>The session of this process.</returns>
    /// <exception cref="ClusterException">The master did not answer.</exception>
    public static WorkerSession Connect(string pipeName, string token)
    {
        for (var attempt = 1; ; attempt++)
        {
            var session = new WorkerSession();
            if (session.TryConnect(pipeName, token))
            {
                session._channel.Writer.WriteControl(FrameKind.Online, []);
                Current = session;
                return session;
            }

            if (attempt == MaxAttempts)
            {
                throw new ClusterException(
                    ClusterErrorId.ChannelClosed, ErrorCategory.OperationTimeout, $"The master did not accept process {Environment.ProcessId} as its worker.");
            }
        }
    }

    /// <inheritdoc/>
    public SendResult Send(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body, TimeSpan timeout, CancellationToken cancellation)
    {
        NoteSending(kind, header);
        return _channel.Writer.WriteData(kind, header, body, timeout, cancellation);
    }

    /// <inheritdoc/>
    public SendResult TrySend(FrameKind kind, in DataHeader header, ReadOnlySpan<byte> body)
    {
        NoteSending(kind, header);
        return _channel.Writer.TryWriteData(kind, header, body);
    }

    /// <inheritdoc/>
    public void RequestRoom(int size, int sibling) => _channel.Writer.RequestRoom(size, sibling);

    /// <inheritdoc/>
    public void ReturnCredit(in Frame frame, bool isRead = true) => _channel.ReturnCredit(frame, isRead);

    /// <inheritdoc/>
    public void ReadUntil(Func<bool> isDone, Deadline deadline, CancellationToken cancellation) =>
        _channel.ReadUntil(isDone, deadline, cancellation);

    /// <inheritdoc/>
    public void Interrupt() => _channel.Interrupt();

    /// <inheritdoc/>
    public void Resume() => _channel.Resume();

    /// <inheritdoc/>
    public void Flush() => _channel.Writer.Flush();

    /// <summary>The script waits for messages: the master gets what has gathered, credit included.</summary>
    public void OnWait()
    {
        _channel.FlushCredit();
        _channel.Writer.Flush();
    }

    /// <inheritdoc/>
    bool IInboxOwner.HasEnded(IReadOnlySet<int>? ids) => false;

    /// <summary>The preparation is done: what is sent from now on comes from the script.</summary>
    public void BeginScript() => _isScriptRunning = true;

    /// <summary>The script does what only a worker does that is ready, unless it is to say so itself.</summary>
    public void AnnounceReady()
    {
        if (!Launch.ExplicitReady)
        {
            SetReady();
        }
    }

    /// <summary>Tells the master, once, that the worker can take work.</summary>
    public void SetReady()
    {
        if (Interlocked.Exchange(ref _ready, 1) == 0)
        {
            _channel.Writer.WriteControl(FrameKind.Ready, []);
        }
    }

    /// <summary>Leaves by its own will: message loops end after what has arrived, the script goes on to its end.</summary>
    public void Leave()
    {
        _channel.Writer.WriteControl(FrameKind.Leave, []);
        Drain();
    }

    /// <summary>Sends the last frame and waits until the system has all that was sent.</summary>
    /// <param name="goodbye">How the script ended.</param>
    public void SayGoodbye(Goodbye goodbye)
    {
        if (Interlocked.Exchange(ref _goodbyes, 1) != 0)
        {
            return;
        }

        if (goodbye is { Outcome: WorkerOutcome.Completed, ExitCode: 0 })
        {
            AnnounceReady();
        }

        _channel.FlushCredit();
        _channel.Writer.WriteControl(FrameKind.Goodbye, goodbye.Write());
        _channel.Writer.WaitUntilWritten(FlushTime);
        Lifeline.NoteScriptEnded();
    }

    /// <summary>The process ends, by <c>[Environment]::Exit</c> perhaps: what was sent still leaves.</summary>
    public void OnProcessExit()
    {
        SayGoodbye(new Goodbye(WorkerOutcome.Completed, Environment.ExitCode, null));
        Lifeline.EndChildren();
    }

    private void NoteSending(FrameKind kind, in DataHeader header)
    {
        // What the preparation writes says nothing of the script; but it must not wait for a master that waits for it.
        if (kind != FrameKind.Record && (_isScriptRunning || header.Correlation != 0))
        {
            AnnounceReady();
        }
    }

    private bool TryConnect(string pipeName, string token)
    {
        var pipe = new NamedPipeClientStream(".", pipeName, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        pipe.Connect((int)ConnectTime.TotalMilliseconds);
        _channel.Connect(pipe, "Cluster master", new PipeReadiness(pipe), preamble: Greeting(token));
        if (_launched.Wait(WelcomeTime) && Context is not null)
        {
            return true;
        }

        _channel.Dispose();
        return false;
    }

    private static OutgoingBuffer Greeting(string token)
    {
        var greeting = new OutgoingBuffer();
        greeting.AppendControl(FrameKind.Hello, new Hello(Hello.CurrentVersion, Environment.ProcessId, Convert.FromHexString(token)).Write());
        return greeting;
    }

    private void OnFrame(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Message or FrameKind.Request:
                Inbox.Add(new InboxItem(this, frame), isRecord: false);
                break;
            case FrameKind.Reply or FrameKind.Fault:
                Replies.Give(frame.Header.Correlation, frame);
                break;
            case FrameKind.Undeliverable:
                Replies.Give(Acknowledgement.Read(frame.Body).Correlation, null);
                break;
            case FrameKind.Acknowledge:
                Replies.Give(Acknowledgement.Read(frame.Body).Correlation, frame);
                break;
            case FrameKind.Ping:
                _channel.Writer.WriteControl(FrameKind.Pong, []);
                break;
            case FrameKind.Welcome:
                _welcome = Welcome.Read(frame.Body);
                _channel.Limits = _welcome.Limits;
                break;
            case FrameKind.Launch when _welcome is { } welcome:
                Launch = Launch.Read(frame.Body);
                Context = new WorkerContext(welcome.Id, welcome.Slot, welcome.MasterProcessId, Launch.ClusterName, Launch.Arguments);
                _launched.Set();
                break;
            case FrameKind.Stop when frame.Body is [(byte)StopMode.Drain]:
                Drain();
                break;
            case FrameKind.Stop when frame.Body is [(byte)StopMode.StopPipeline]:
                Drain();
                Lifeline.Stop();
                break;
            default:
                throw new ProtocolException($"A master sent a frame of kind {frame.Kind}.");
        }
    }

    /// <summary>Message loops end after what has arrived.</summary>
    private void Drain() => Inbox.Complete();

    /// <summary>The master has gone. This thread, which reads the pipe, is never busy with the script.</summary>
    private void OnClosed(Exception? failure)
    {
        Replies.Close();
        if (Context is null)
        {
            // Not accepted: the master's pipe was being opened anew after a stranger, say.
            _launched.Set();
            return;
        }

        Drain();
        Lifeline.EndWithoutMaster();
    }
}
