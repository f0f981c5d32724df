namespace ClusterHost.Hosting;

/// <summary>Colours a text by escape sequences.</summary>
internal static class AnsiColour
{
    private static readonly int[] Codes = [30, 34, 32, 36, 31, 35, 33, 37, 90, 94, 92, 96, 91, 95, 93, 97];

    /// <summary>The text in its colours, or as it is for an output that has none.</summary>
    public static string Wrap(string text, ConsoleColor foreground, ConsoleColor background, bool colour)
    {
        if (!colour)
        {
            return text;
        }
        string back = background == ConsoleColor.Black ? "" : $";{Codes[(int)background] + 10}";
        return $"\u001b[{Codes[(int)foreground]}{back}m{text}\u001b[0m";
    }
}
