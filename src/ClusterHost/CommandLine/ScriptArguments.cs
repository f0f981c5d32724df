using System.Management.Automation.Runspaces;

namespace ClusterHost.CommandLine;

/// <summary>Turns the words after the script's name into named and positional parameters.</summary>
internal static class ScriptArguments
{
    /// <summary>Adds all that is left: <c>-Name value</c>, <c>-Name:value</c>, <c>-Switch</c>, <c>-Switch:$false</c>, values.</summary>
    public static void Collect(ArgumentReader reader, List<CommandParameter> into)
    {
        string? pending = null;
        while (reader.TryRead(out string word))
        {
            if (pending is not null)
            {
                into.Add(new CommandParameter(pending, word));
                pending = null;
            }
            else if (word.Length < 2 || word[0] != '-')
            {
                into.Add(new CommandParameter(null, word));
            }
            else if (word.IndexOf(':') is var colon and >= 0)
            {
                if (colon == word.Length - 1)
                {
                    pending = word[..colon];
                }
                else
                {
                    into.Add(new CommandParameter(word[..colon], ToBoolean(word[(colon + 1)..])));
                }
            }
            else
            {
                into.Add(new CommandParameter(word));
            }
        }
    }

    private static object ToBoolean(string word) =>
        bool.TryParse(word.AsSpan(word[0] == '$' ? 1 : 0), out bool value) ? value : word;
}
