namespace ClusterHost.CommandLine;

/// <summary>Walks over the arguments once.</summary>
internal sealed class ArgumentReader(string[] args)
{
    private int _next;

    /// <summary>The next argument, if there is one.</summary>
    public bool TryRead(out string argument)
    {
        bool found = _next < args.Length;
        argument = found ? args[_next++] : "";
        return found;
    }

    /// <summary>The value that must follow the switch <paramref name="name"/>.</summary>
    public string ReadValue(SwitchName name) =>
        TryRead(out string value) ? value : throw new CommandLineException($"The switch '{name}' needs a value.");

    /// <summary>All that is left.</summary>
    public List<string> ReadRest()
    {
        var rest = new List<string>(args[_next..]);
        _next = args.Length;
        return rest;
    }
}
