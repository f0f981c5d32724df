using System.Collections.Concurrent;
using Cluster.UnitTests.Supervision;
using Cluster.Watch;

namespace Cluster.UnitTests.Watch;

/// <summary>A screen without a terminal: a test waits for what it shows, and presses keys.</summary>
internal sealed class FakeScreen : IWatchScreen
{
    private readonly BlockingCollection<WatchView> _shown = [];
    private readonly ConcurrentQueue<ConsoleKeyInfo> _keys = [];
    private volatile bool _isResized;

    public bool IsResized => _isResized;

    public void Resize() => _isResized = true;

    public void Press(char key) => _keys.Enqueue(new ConsoleKeyInfo(key, default, shift: false, alt: false, control: false));

    public void Press(ConsoleKey key) => _keys.Enqueue(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false));

    /// <summary>Waits until something is shown.</summary>
    public WatchView Wait(Func<WatchView, bool> condition)
    {
        using var timeout = new CancellationTokenSource(SupervisionFixture.Patience);
        while (true)
        {
            var view = _shown.Take(timeout.Token);
            if (condition(view))
            {
                return view;
            }
        }
    }

    public ConsoleKeyInfo? ReadKey() => _keys.TryDequeue(out var key) ? key : null;

    public void Show(WatchView view)
    {
        _isResized = false;
        _shown.Add(view);
    }

    public void Dispose() => _shown.Dispose();
}
