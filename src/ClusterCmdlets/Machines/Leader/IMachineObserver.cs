namespace Cluster.Machines.Leader;

/// <summary>Told by a <see cref="MachineLeader"/> which machines come and go. Called on threads of its own, for one machine in order.</summary>
internal interface IMachineObserver
{
    /// <summary>A machine can run workers.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="isBack">Whether it was lost before.</param>
    void OnJoined(Machine machine, bool isBack);

    /// <summary>A machine is gone, and its workers with it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="reason">Why.</param>
    void OnLost(Machine machine, string reason);

    /// <summary>A machine that was to be reached by SSH has not joined, and will not.</summary>
    /// <param name="computerName">Its name.</param>
    /// <param name="reason">Why.</param>
    void OnNotStarted(string computerName, string reason);

    /// <summary>Something was refused: by the server, or of what a machine wanted.</summary>
    /// <param name="reason">What and why.</param>
    void OnRefused(string reason);
}
