using System.Diagnostics.CodeAnalysis;
using System.IO.Pipes;
using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Messaging;
using Cluster.Protocol;
using Cluster.Transport;
using Cluster.Worker.Map;
using Cluster.Worker.Ports;

namespace Cluster.Worker;

/// <summary>
/// A worker's connection to its master: who it is, what has arrived, what it sends, and its duty to end
/// with the master. One in a process. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The session lives as long as its process.")]
internal sealed partial class WorkerSession
{
    /// <summary>A connection may be cut off when it comes just after that of an unauthenticated client.</summary>
    private const int MaxAttempts = 3;

    /// <summary>
    /// The pipe exists before the process is started, so a refusal means that the master is gone; a little time is left
    /// for the master to reopen the pipe after an unauthenticated client.
    /// </summary>
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WelcomeTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(10);

    private readonly Channel _channel;
    private readonly ManualResetEventSlim _launched = new();
    private readonly CancellationTokenSource _drain = new();
    private Welcome? _welcome;
    private volatile bool _isScriptRunning;
    private int _ready;
    private int _goodbyes;

    private WorkerSession()
    {
        _channel = new Channel(ChannelLimits.Default, OnClosed);
        Handles = new WorkerHandles(this);
        Maps = new MapHost(this);
        RegisterFrames();
        _channel.Writer.Full += AnnounceReady;
    }

    /// <summary>The session of this process; null in a process that is not a worker.</summary>
    public static WorkerSession? Current { get; private set; }

    /// <summary>What the worker knows of itself.</summary>
    public WorkerContext Context { get; private set; } = null!;

    /// <summary>What it runs.</summary>
    public Launch Launch { get; private set; } = null!;

    /// <summary>Where it finds that on this machine.</summary>
    public LaunchPaths Paths { get; private set; } = null!;

    /// <summary>The kinds of frame that the master may send. Other parts add theirs before they ask it for any.</summary>
    public FrameTable Frames => _channel.Frames;

    /// <summary>The way by which sockets come and go.</summary>
    public WorkerHandles Handles { get; }

    /// <summary>The parallel maps that it runs items of.</summary>
    public MapHost Maps { get; }

    /// <summary>How it ends with its master.</summary>
    public Lifeline Lifeline { get; } = new();

    /// <summary>What keeps the worker alive after the end of its script.</summary>
    public KeepAlive KeepAlive { get; } = new();

    /// <summary>Cancelled when the worker is to take no more work. Callbacks run on the thread that reads, and must not block.</summary>
    public CancellationToken DrainToken => _drain.Token;

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
                session._channel.Writer.WriteControl(ControlKind.Online, []);
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

    /// <summary>Says hello on a pipe beside the channel.</summary>
    /// <param name="pipe">A connected pipe.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="token">The token for it.</param>
    public static void Greet(PipeStream pipe, PeerRole role, byte[] token) => Greeting(role, token).WriteTo(pipe);

    /// <summary>Sends a control frame. Never waits.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payload">Its payload.</param>
    public void SendControl(FrameKind kind, ReadOnlySpan<byte> payload) => _channel.Writer.WriteControl(kind, payload);

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
            _channel.Writer.WriteControl(ControlKind.Ready, []);
        }
    }

    /// <summary>Announces that the worker is exiting: message loops end after the messages that have arrived, the script runs to its end.</summary>
    public void Leave()
    {
        _channel.Writer.WriteControl(ControlKind.Leave, []);
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
        _channel.Writer.WriteControl(ControlKind.Goodbye, goodbye.Write());
        _channel.Writer.WaitUntilWritten(FlushTime);
        Lifeline.NoteScriptEnded();
    }

    /// <summary>The process ends, by <c>[Environment]::Exit</c> perhaps: what was sent still leaves.</summary>
    public void OnProcessExit()
    {
        SayGoodbye(new Goodbye(WorkerOutcome.Completed, Environment.ExitCode, null));
        Lifeline.EndChildren();
    }

    private bool TryConnect(string pipeName, string token)
    {
        var pipe = new NamedPipeClientStream(".", pipeName, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        pipe.Connect((int)ConnectTime.TotalMilliseconds);
        _channel.Connect(pipe, "Cluster master", new PipeReadiness(pipe), preamble: Greeting(PeerRole.Worker, Convert.FromHexString(token)));
        if (_launched.Wait(WelcomeTime) && Context is not null)
        {
            return true;
        }

        _channel.Dispose();
        return false;
    }

    private static OutgoingBuffer Greeting(PeerRole role, byte[] token)
    {
        var greeting = new OutgoingBuffer();
        greeting.AppendControl(ControlKind.Hello, new Hello(VersionRange.Supported, role, Environment.ProcessId, token).Write());
        return greeting;
    }

    private void RegisterFrames()
    {
        Frames.Add(FrameKind.Message, FrameTable.AnySize, OnMessage);
        Frames.Add(FrameKind.Request, FrameTable.AnySize, OnMessage);
        Frames.Add(FrameKind.Reply, FrameTable.AnySize, OnReply);
        Frames.Add(FrameKind.Fault, FrameTable.AnySize, OnReply);
        Frames.Add(ControlKind.Acknowledge, Acknowledgement.Size, frame => Replies.Give(Acknowledgement.Read(frame.Body).Correlation, frame));
        Frames.Add(ControlKind.Undeliverable, Acknowledgement.Size, frame => Replies.Give(Acknowledgement.Read(frame.Body).Correlation, null));
        Frames.Add(ControlKind.Ping, 0, _ => _channel.Writer.WriteControl(ControlKind.Pong, []));
        Frames.Add(ControlKind.Welcome, Welcome.MaxSize, frame => OnWelcome(Welcome.Read(frame.Body)));
        Frames.Add(ControlKind.Launch, FrameTable.AnySize, frame => OnLaunch(LaunchPayload.Read(frame.Body)));
        Frames.Add(ControlKind.Stop, sizeof(StopMode), frame => OnStop(frame.Body));
    }

    private void OnMessage(Frame frame)
    {
        MessageHandles.Expect(this, frame);
        Inbox.Add(new InboxItem(this, frame), isRecord: false);
    }

    private void OnReply(Frame frame) => Replies.Give(frame.Header.Correlation, frame);

    private void OnWelcome(Welcome welcome)
    {
        if (_welcome is not null)
        {
            throw new ProtocolException("A second welcome.");
        }

        if (!VersionRange.Supported.Contains(welcome.Version))
        {
            throw new ProtocolException($"The master chose protocol version {welcome.Version}; this worker speaks {VersionRange.Supported}.");
        }

        _welcome = welcome;
        _channel.Limits = welcome.Limits;
    }

    private void OnLaunch((LaunchPaths Paths, Launch Launch) payload)
    {
        if (_welcome is not { } welcome || Context is not null)
        {
            throw new ProtocolException("A second launch, or one before the welcome.");
        }

        (Paths, Launch) = payload;
        Context = new WorkerContext(welcome.Id, welcome.Slot, welcome.MasterProcessId, Launch.ClusterName, Launch.Arguments);
        _launched.Set();
    }

    private void OnStop(byte[] payload)
    {
        if (payload is not [(byte)StopMode.Drain or (byte)StopMode.StopPipeline])
        {
            throw new ProtocolException("A stop has an unknown mode.");
        }

        Drain();
        if (payload[0] == (byte)StopMode.StopPipeline)
        {
            Lifeline.Stop();
        }
    }

    /// <summary>Message loops end after what has arrived, and listeners take no more.</summary>
    private void Drain()
    {
        Inbox.Complete();
        _drain.Cancel();
    }

    /// <summary>The master has gone. This thread, which reads the pipe, is never busy with the script.</summary>
    private void OnClosed(Exception? failure)
    {
        Replies.Close();
        if (Context is null)
        {
            // Not accepted: perhaps the master was reopening the pipe after an unauthenticated client.
            _launched.Set();
            return;
        }

        Drain();
        Lifeline.EndWithoutMaster();
    }
}
