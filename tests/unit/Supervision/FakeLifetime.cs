using System.IO.Pipes;
using Cluster.Hosting;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Supervision;

/// <summary>
/// A worker that is no process: it sits at the other end of a real pipe in this one, speaks the protocol, and fails where it
/// is told to.
/// </summary>
internal sealed class FakeLifetime : IWorkerLifetime
{
    private readonly FakeBehavior _behavior;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
#pragma warning disable CA2213 // Exit disposes it, on another thread.
    private Channel? _worker;
#pragma warning restore CA2213
    private Task _closing = Task.CompletedTask;
    private bool _isKilled;

    public FakeLifetime(HostSettings host, FakeBehavior behavior, int processId)
    {
        Host = host;
        _behavior = behavior;
        Number = processId;
    }

    public HostSettings Host { get; }

    public int Number { get; }

    public int Kills { get; private set; }

    public int Disposals { get; private set; }

    /// <summary>What the master has told it, in order.</summary>
    public List<FrameKind> Told { get; } = [];

    public int ProcessId { get; private set; }

    public Task<int> Exited => _exited.Task;

    public IReadOnlyList<string> ErrorTail { get; } = ["the last line"];

    public (long WorkingSet, TimeSpan ProcessorTime)? Usage { get; set; } = (1024, TimeSpan.FromSeconds(1));

    public LaunchPaths Paths => Host.Paths;

    public Task StartAsync()
    {
        if (_behavior.StartError is { } error)
        {
            throw error;
        }

        ProcessId = Number;
        if (_behavior.DiesInHandshake is { } code)
        {
            Exit(code);
        }

        if (_isKilled)
        {
            Exit(137);
        }

        return Task.CompletedTask;
    }

    public async Task<WorkerLink> ConnectAsync(CancellationToken cancellation)
    {
        if (_behavior.ConnectError is { } error)
        {
            throw error;
        }

        if (_exited.Task.IsCompleted)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }

        var name = Path.Combine(Path.GetTempPath(), $"fake-{Guid.NewGuid():N}"[..20]);
        var server = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        var client = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
        await client.ConnectAsync(cancellation);
        await server.WaitForConnectionAsync(cancellation);
        lock (_gate)
        {
            _worker = new Channel(ChannelLimits.Default, _ => { });
            foreach (var kind in new[] { ControlKind.Welcome, ControlKind.Launch, ControlKind.Ping, ControlKind.Stop })
            {
                _worker.Frames.Add(kind, FrameTable.AnySize, OnFrame);
            }

            _worker.Connect(client, "fake worker", new PipeReadiness(client));
        }

        return new WorkerLink(server, new PipeReadiness(server), new FrameReader(server, new FrameTable(), ChannelLimits.Default.MaxFrameBytes), VersionRange.Supported.Highest);
    }

    public void Kill()
    {
        Kills++;
        _isKilled = true;
        if (_behavior.HeedsKill && ProcessId != 0)
        {
            Exit(137);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Disposals++;
        Exit(0);
        await _closing;
        if (_behavior.DisposeError is { } error)
        {
            throw error;
        }
    }

    /// <summary>It ends with a code and without a word. May be called any number of times.</summary>
    public void Exit(int code)
    {
        lock (_gate)
        {
            if (_worker is { } worker)
            {
                _worker = null;
                _closing = Task.Run(worker.Dispose);
            }
        }

        _exited.TrySetResult(code);
    }

    /// <summary>It says how its script ended, and ends.</summary>
    public void SayGoodbye(WorkerOutcome outcome, int code)
    {
        Say(ControlKind.Goodbye, new Goodbye(outcome, code, null).Write());
        Exit(code);
    }

    /// <summary>It sends a control frame.</summary>
    public void Say(FrameKind kind, byte[]? payload = null)
    {
        Channel? worker;
        lock (_gate)
        {
            worker = _worker;
        }

        worker?.Writer.WriteControl(kind, payload ?? []);
        worker?.Writer.WaitUntilWritten(TimeSpan.FromSeconds(30));
    }

    private void OnFrame(Frame frame)
    {
        lock (Told)
        {
            Told.Add(frame.Kind);
        }

        switch (frame.Kind)
        {
            case ControlKind.Launch:
                Say(ControlKind.Online);
                if (_behavior.GetsReady)
                {
                    Say(ControlKind.Ready);
                }

                break;
            case ControlKind.Ping when _behavior.AnswersPing:
                Say(ControlKind.Pong);
                break;
            case ControlKind.Stop when _behavior.HeedsStop:
                SayGoodbye(WorkerOutcome.Completed, 0);
                break;
        }
    }
}
