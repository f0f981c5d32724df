using Cluster.Contracts;
using Spectre.Console;

namespace Cluster.Watch;

/// <summary>What the parts of a view look like. Colours are those of the terminal's own palette.</summary>
internal static class FrameStyle
{
    /// <summary>What is read once.</summary>
    public static readonly Style Quiet = new(decoration: Decoration.Dim);

    /// <summary>What is looked for.</summary>
    public static readonly Style Strong = new(decoration: Decoration.Bold);

    /// <summary>What is as it should be.</summary>
    public static readonly Style Good = new(Color.Green);

    /// <summary>What is about to be something else, or wants an answer.</summary>
    public static readonly Style Changing = new(Color.Olive);

    /// <summary>What somebody should look after.</summary>
    public static readonly Style Bad = new(Color.Maroon);

    /// <summary>A line of bars.</summary>
    public static readonly Style Bars = new(Color.Teal);

    /// <summary>The style of a master's state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The style.</returns>
    public static Style Of(ClusterMasterState state) => state switch
    {
        ClusterMasterState.Running => Good,
        ClusterMasterState.Starting or ClusterMasterState.Stopping => Changing,
        ClusterMasterState.Stopped => Bad,
        _ => Style.Plain,
    };

    /// <summary>The style of a worker's state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The style.</returns>
    public static Style Of(WorkerState state) => state switch
    {
        WorkerState.Ready => Good,
        WorkerState.Starting or WorkerState.Online or WorkerState.Draining => Changing,
        _ => Bad,
    };

    /// <summary>The style of an event.</summary>
    /// <param name="name">The event.</param>
    /// <returns>The style.</returns>
    public static Style Of(ClusterEventName name) => name switch
    {
        ClusterEventName.GaveUp or ClusterEventName.ReloadAborted or ClusterEventName.Unresponsive or ClusterEventName.MessagesLost
            or ClusterEventName.HandlerFailed or ClusterEventName.LogFailed or ClusterEventName.CleanupFailed or ClusterEventName.ProtocolError => Bad,
        ClusterEventName.Restart or ClusterEventName.Recycle or ClusterEventName.InboxFull => Changing,
        _ => Style.Plain,
    };
}
