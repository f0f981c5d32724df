using System.Diagnostics.CodeAnalysis;
using Cluster.Hosting;
using Cluster.Protocol;

namespace Cluster.Worker;

/// <summary>
/// A worker's duty to end with its master: stops the script, leaves its <c>finally</c> blocks a short while, and ends the
/// process and its children whatever they do. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as its process.")]
internal sealed class Lifeline
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _scriptEnded = new();
    private volatile bool _isMasterGone;

    /// <summary>Cancelled when the pipeline is to stop.</summary>
    public CancellationToken StopToken => _stop.Token;

    /// <summary>The master wants the pipeline to stop.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>The script has ended, and its last word is on its way.</summary>
    public void NoteScriptEnded() => _scriptEnded.Set();

    /// <summary>The master has gone. Does not return: to be called on a thread that is never busy with the script.</summary>
    public void EndWithoutMaster()
    {
        _isMasterGone = true;

        // Not on this thread: nothing that is called here may keep it from the kill.
        new Thread(StopForEnd) { IsBackground = true, Name = "Cluster end" }.Start();
        _scriptEnded.Wait(GracePeriod.Time);
        ProcessGroup.KillSelf();
    }

    /// <summary>
    /// The process ends: its children go with it. A master that is alive would see to that, but it may be gone the next moment.
    /// </summary>
    public void EndChildren()
    {
        if (!ProcessGroup.TryKillOthers() && _isMasterGone)
        {
            ProcessGroup.KillSelf();
        }
    }

    private void StopForEnd()
    {
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException)
        {
            // A callback of the stop has failed; the kill follows anyway.
        }
    }
}
