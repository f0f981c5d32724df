using System.Globalization;

namespace Cluster.Watch;

/// <summary>What keys do: which worker is selected, what is asked, what the last line says. For the pipeline thread.</summary>
/// <param name="actions">Does what keys ask for.</param>
internal sealed class WatchController(WatchActions actions)
{
    private const int MaxWorkers = 1024;

    private WatchRow? _selected;
    private WatchStatus? _status;
    private Action? _answer;
    private bool _showsKeys;

    /// <summary>Whether the view was left.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>Takes what has come of earlier keys.</summary>
    /// <returns>Whether there was something.</returns>
    public bool TakeResults()
    {
        var hasResult = false;
        while (_answer is null && actions.TakeResult() is { } result)
        {
            // A question stays until it is answered; the result is said then.
            (_status, hasResult) = (result, true);
        }

        return hasResult;
    }

    /// <summary>A key was pressed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="snapshot">What was on the screen.</param>
    public void Press(ConsoleKeyInfo key, WatchSnapshot snapshot)
    {
        var (answer, question) = (_answer, _status);
        (_answer, _status) = (null, null);
        if (answer is null)
        {
            Do(key, snapshot);
        }
        else if (key.KeyChar is 'y' or 'Y')
        {
            answer();
        }
        else if (key.KeyChar is not ('n' or 'N') && key.Key != ConsoleKey.Escape)
        {
            // A slip of the finger is no answer.
            (_answer, _status) = (answer, question);
        }
    }

    /// <summary>What is to be shown.</summary>
    /// <param name="snapshot">The master.</param>
    /// <returns>The view.</returns>
    public WatchView View(WatchSnapshot snapshot) => new(snapshot, Selected(snapshot)?.Id, _status, _showsKeys);

    private void Do(ConsoleKeyInfo key, WatchSnapshot snapshot)
    {
        switch (key)
        {
            case { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' }:
                Select(snapshot, -1);
                break;
            case { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' }:
                Select(snapshot, 1);
                break;
            case { KeyChar: 'r' } when Selected(snapshot) is { } row:
                Ask($"Restart worker {row.Id}?", $"Worker {row.Id} is being restarted.", () => actions.Restart(row.Id));
                break;
            case { KeyChar: '+' } when actions.WorkerCount < MaxWorkers:
                Resize(actions.WorkerCount + 1);
                break;
            case { KeyChar: '-' } when actions.WorkerCount > 0:
                var fewer = actions.WorkerCount - 1;
                Ask($"From {actions.WorkerCount} to {fewer} workers?", null, () => Resize(fewer));
                break;
            case { KeyChar: '?' }:
                _showsKeys = !_showsKeys;
                break;
            case { KeyChar: 'q' } or { Key: ConsoleKey.Escape }:
                IsLeft = true;
                break;
        }
    }

    private void Ask(FormattableString question, FormattableString? underWay, Action action)
    {
        _status = new WatchStatus(WatchStatusKind.Question, Format(question) + " y/n");
        _answer = () =>
        {
            _status = underWay is null ? null : new WatchStatus(WatchStatusKind.Information, Format(underWay));
            action();
        };
    }

    private void Resize(int count)
    {
        _status = new WatchStatus(WatchStatusKind.Information, Format($"Changing to {count} workers."));
        actions.Resize(count);
    }

    private void Select(WatchSnapshot snapshot, int step)
    {
        if (Selected(snapshot) is { } row)
        {
            var index = snapshot.Rows.ToList().IndexOf(row) + step;
            _selected = snapshot.Rows[Math.Clamp(index, 0, snapshot.Rows.Count - 1)];
        }
    }

    /// <summary>The selected worker; when it is gone, the one in its slot, or the one that took its place in the list.</summary>
    private WatchRow? Selected(WatchSnapshot snapshot)
    {
        var rows = snapshot.Rows;
        _selected = rows.Count == 0
            ? null
            : rows.FirstOrDefault(row => row.Id == _selected?.Id) ?? rows.FirstOrDefault(row => row.Slot >= (_selected?.Slot ?? 0)) ?? rows[^1];
        return _selected;
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
