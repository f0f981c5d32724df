namespace Cluster.Supervision;

/// <summary>The options of a master, which can be changed while it runs. Thread-safe; the change alone is called under its lock.</summary>
internal sealed class MasterSettings
{
    private readonly object _gate = new();
    private volatile MasterOptions _current;

    /// <summary>Begins with the options of the start.</summary>
    /// <param name="options">The options.</param>
    public MasterSettings(MasterOptions options)
    {
        _current = options;
    }

    /// <summary>The options at this moment.</summary>
    public MasterOptions Current => _current;

    /// <summary>Changes the options for what comes later.</summary>
    /// <param name="change">Gives the new options for the old ones.</param>
    public void Change(Func<MasterOptions, MasterOptions> change)
    {
        lock (_gate)
        {
            _current = change(_current);
        }
    }
}
