namespace Cluster.Watch;

/// <summary>
/// The terminal of the live view. What was on it is there again after its disposal. For the pipeline thread.
/// </summary>
internal interface IWatchScreen : IDisposable
{
    /// <summary>Whether the terminal has another size than the view that was shown last.</summary>
    bool IsResized { get; }

    /// <summary>Takes the next key.</summary>
    /// <returns>The key; null if none was pressed.</returns>
    ConsoleKeyInfo? ReadKey();

    /// <summary>Shows a view in the place of the one before.</summary>
    /// <param name="view">The view.</param>
    void Show(WatchView view);
}
