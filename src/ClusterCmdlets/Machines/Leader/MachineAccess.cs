using System.Diagnostics.CodeAnalysis;

namespace Cluster.Machines.Leader;

/// <summary>
/// The way by which machines come to a master: the server, if the master has one of its own, the connection to it, and what starts agents. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "DisposeAsync releases all.")]
internal sealed class MachineAccess : IAsyncDisposable
{
    private readonly MessageBusOptions _options;
    private TaskCompletionSource _joined = NewSignal();
    private MachineLeader? _leader;

    /// <summary>Prepares the way; nothing is started yet.</summary>
    /// <param name="options">Which way.</param>
    public MachineAccess(MessageBusOptions options)
    {
        _options = options;
    }

    /// <summary>The machines that have joined, lost ones included.</summary>
    public IReadOnlyList<Machine> Machines => _leader?.Machines() ?? [];

    public async Task OpenAsync(string clusterName, IMachineObserver observer, CancellationToken cancellation)
    {
        _leader = new MachineLeader(clusterName, NatsLibrary.Create(_options), observer);
        await _leader.StartAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>A machine can run workers.</summary>
    public void NoteJoined() => Interlocked.Exchange(ref _joined, NewSignal()).TrySetResult();

    public async Task WaitForAsync(int count, CancellationToken cancellation)
    {
        while (true)
        {
            // Before the look: who joins after it ends the wait.
            var next = Volatile.Read(ref _joined).Task;
            if (Machines.Count(machine => machine.IsOpen) >= count)
            {
                return;
            }

            await next.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _leader is null ? ValueTask.CompletedTask : _leader.DisposeAsync();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
