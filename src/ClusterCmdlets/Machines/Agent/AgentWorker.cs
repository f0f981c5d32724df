using System.Diagnostics.CodeAnalysis;
using Cluster.Hosting;
using Cluster.Machines.Link;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.Machines.Agent;

/// <summary>
/// A worker that an agent runs for a master elsewhere: its process with its pipe, as on the master's machine, and two threads that carry
/// bytes between the pipe and a stream of the link. What they say is not looked at. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync, which is called once, releases it.")]
internal sealed class AgentWorker
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>What a pipe with room takes without a wait: <see cref="IPipeReadiness.HasRoom"/>.</summary>
    private const int DirectBytes = 16 * 1024;

    /// <summary>How long nothing may arrive of what the worker has written, after its end, before the rest is given up.</summary>
    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(5);

    private readonly AgentSession _session;
    private readonly StartOrder _order;
    private readonly MachineStream _stream;
    private readonly LocalProcess _process;

    /// <summary>Prepares a worker.</summary>
    /// <param name="session">Told what becomes of it.</param>
    /// <param name="order">What was ordered.</param>
    /// <param name="host">How that is started here.</param>
    /// <param name="stream">The stream of its channel.</param>
    public AgentWorker(AgentSession session, StartOrder order, HostSettings host, MachineStream stream)
    {
        _session = session;
        _order = order;
        _stream = stream;
        _process = new LocalProcess(
            host,
            (line, isError) => session.Tell(new LineNotice(order.Worker, isError ? LineSource.Error : LineSource.Output, line)),
            reason => session.Tell(new LineNotice(order.Worker, LineSource.Refusal, reason)));
    }

    /// <summary>What it uses, or null.</summary>
    public UsageNotice? Usage => _process.Usage is var (memory, time) ? new UsageNotice(_order.Worker, memory, time) : null;

    /// <summary>Ends its process and the children of that at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Runs it to its end.</summary>
    /// <returns>Completes when nothing of it is left and the master was told. Never fails.</returns>
    public async Task RunAsync()
    {
        int? code = null;
        string? failure = null;
        using var abandon = new CancellationTokenSource();
        var carrying = Task.CompletedTask;
        try
        {
            await _process.StartAsync().ConfigureAwait(false);
            _session.Tell(ControlKind.WorkerStarted, new StartedNotice(_order.Worker, _process.ProcessId, _process.Paths).Write());
            carrying = CarryAsync(abandon.Token);
            code = await _process.Exited.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever the system refuses: the master is told, as it would be told of its own machine.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception.Message;
            _process.Kill();
        }

        await abandon.CancelAsync().ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
        try
        {
            await AwaitRestAsync(carrying).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It has ended before it connected.
        }
#pragma warning disable CA1031 // As above: the pipe could not be made, or the worker was another process than the one that was started.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure ??= exception is TimeoutException ? null : exception.Message;
        }

        // The master waits only a short while for what comes after the news of an end.
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _stream.Delivered.ConfigureAwait(false);
        _session.Tell(ControlKind.WorkerEnded, new EndedNotice(_order.Worker, code, failure, _process.ErrorTail).Write());
    }

    /// <summary>Waits for what is left after the end of the worker, as long as something of it arrives: the connection may be slow.</summary>
    private async Task AwaitRestAsync(Task carrying)
    {
        for (var before = -1L; !carrying.IsCompleted && _stream.Arrived is var arrived && arrived != before; before = arrived)
        {
            await Task.WhenAny(carrying, Task.Delay(RestTime)).ConfigureAwait(false);
        }

        await carrying.WaitAsync(TimeSpan.Zero).ConfigureAwait(false);
    }

    private async Task CarryAsync(CancellationToken cancellation)
    {
        WorkerLink link;
        try
        {
            link = await _process.ConnectAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // It will never come.
            _process.Kill();
            throw;
        }

        using var readiness = link.Readiness;
        await using var pipe = link.Stream.ConfigureAwait(false);
        _session.Tell(ControlKind.WorkerConnected, [.. BitConverter.GetBytes(_order.Worker), .. BitConverter.GetBytes(link.Version)]);
        var up = Task.Factory.StartNew(() => CarryUp(link), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _stream.TryTake = piece => TryPass(link, piece);
        var down = Task.Factory.StartNew(() => CarryDown(link), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await up.ConfigureAwait(false);

        // Nothing more comes from the worker, so it is gone or has closed; what is still sent to it has no receiver.
        _stream.Interrupt();
        await _stream.DisposeAsync().ConfigureAwait(false);
        await down.ConfigureAwait(false);
    }

    /// <summary>From the worker to the master, to the end of the pipe.</summary>
    private void CarryUp(WorkerLink link)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            // The worker says nothing before it is greeted; what it says all the same goes first.
            _stream.Write(link.Reader.TakeRest());
            for (int read; (read = link.Stream.Read(buffer)) > 0;)
            {
                _stream.Write(buffer.AsSpan(0, read));
            }
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // One of the two has ended.
        }
    }

    /// <summary>A small piece goes straight into the pipe, when that has room.</summary>
    private static bool TryPass(WorkerLink link, ReadOnlyMemory<byte> piece)
    {
        if (piece.Length > DirectBytes || !link.Readiness.HasRoom())
        {
            return false;
        }

        try
        {
            link.Stream.Write(piece.Span);
            return true;
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // The thread that writes otherwise finds it out as well.
            return false;
        }
    }

    /// <summary>From the master to the worker, until the master closes the channel.</summary>
    private void CarryDown(WorkerLink link)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            for (int read; (read = _stream.Read(buffer)) > 0;)
            {
                link.Stream.Write(buffer.AsSpan(0, read));
            }
        }
        catch (Exception exception) when (PipeFailure.Is(exception))
        {
            // The worker has ended.
        }

        // The worker sees the end of its channel, as when its master's process has ended.
        link.Stream.Dispose();
    }
}
