using Cluster.Contracts;
using Cluster.Events;
using Cluster.Machines;
using Cluster.Machines.Leader;
using Cluster.Supervision;

namespace Cluster.Master;

/// <content>The other machines on which it has workers.</content>
internal sealed partial class MasterRuntime : IMachineObserver
{
    private volatile MachineAccess? _machines;

    /// <summary>The machines that have joined, lost ones included.</summary>
    public IReadOnlyList<Machine> Machines => _machines?.Machines ?? [];

    /// <summary>Whether other machines have joined, or may.</summary>
    public bool IsOpenToMachines => _machines is not null;

    /// <summary>The names of the machines that have joined, lost ones included.</summary>
    public IReadOnlyList<string> MachineNames => [.. Machines.Select(machine => machine.ComputerName)];

    /// <summary>How many other machines run workers at this moment.</summary>
    public int JoinedCount => Supervisor.Places.All.Count(place => place is { IsHere: false, IsOpen: true });

    /// <summary>Why machines that were to be reached by SSH have not joined and never will, an error for each.</summary>
    public IReadOnlyList<ClusterException> MachineFailures => _machines?.Failures ?? [];

    /// <summary>What a machine needs to join; null unless the master has a server of its own for that.</summary>
    public JoinTicket? Ticket => _machines?.Ticket;

    /// <summary>The workers on another machine that have not exited.</summary>
    /// <param name="machine">The machine.</param>
    /// <returns>A copy of the list.</returns>
    public IReadOnlyList<WorkerInstance> WorkersOn(Machine machine) => [.. Workers.Live().Where(instance => instance.Slot.Place == machine)];

    /// <summary>Lets other machines in from now on. Called once.</summary>
    /// <param name="access">The way by which they come.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Completes when machines can join.</returns>
    /// <exception cref="ClusterException">The server cannot be started or reached, or the name is taken there.</exception>
    public async Task OpenMachinesAsync(MachineAccess access, CancellationToken cancellation)
    {
        // The end of the master ends it, whatever becomes of the start.
        _machines = access;
        await access.OpenAsync(Name, this, cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits until machines have joined.</summary>
    /// <param name="count">How many.</param>
    /// <param name="minimum">With how many it goes on when the others cannot be reached.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Completes when there are that many; fails when too many cannot be reached.</returns>
    public Task WaitForMachinesAsync(int count, int minimum, CancellationToken cancellation) =>
        _machines is null ? Task.CompletedTask : _machines.WaitForAsync(count, minimum, () => JoinedCount, cancellation);

    /// <inheritdoc/>
    void IMachineObserver.OnJoined(Machine machine, bool isBack)
    {
        // Who learns of the machine finds its workers.
        Supervisor.Join(machine);
        Tell(isBack ? ClusterEventName.MachineReturned : ClusterEventName.MachineJoined, machine, $"{machine.ComputerName} has joined, for {machine.Capacity} workers.");
        _machines!.NoteJoined();
    }

    /// <inheritdoc/>
    void IMachineObserver.OnLost(Machine machine, string reason)
    {
        Supervisor.Part(machine);
        Tell(ClusterEventName.MachineLost, machine, $"{machine.ComputerName}: {reason}");
    }

    /// <inheritdoc/>
    void IMachineObserver.OnNotStarted(string computerName, string reason) =>
        Publish(new EventEntry(ClusterEventName.MachineLost, null, reason) { ComputerName = computerName });

    /// <inheritdoc/>
    void IMachineObserver.OnRefused(string reason) => OnEvent(ClusterEventName.ProtocolError, null, reason);

    private void Tell(ClusterEventName name, Machine machine, string reason) =>
        Publish(new EventEntry(name, null, reason) { ComputerName = machine.ComputerName });

    private Task EndMachinesAsync() => _machines is null ? Task.CompletedTask : _machines.DisposeAsync().AsTask();
}
