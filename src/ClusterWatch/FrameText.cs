using System.Globalization;
using Spectre.Console;

namespace Cluster.Watch;

/// <summary>A drawn view as the characters that a terminal is sent. Thread-safe.</summary>
internal static class FrameText
{
    /// <summary>Draws a view.</summary>
    /// <param name="view">The view.</param>
    /// <param name="size">The terminal's size.</param>
    /// <param name="hasColors">Whether there are colours and other styles; without, no control sequence is in it.</param>
    /// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
    /// <returns>Its lines, no more than the terminal has.</returns>
    public static string[] Render(WatchView view, FrameSize size, bool hasColors, bool isUnicode)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = hasColors ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        (console.Profile.Width, console.Profile.Height, console.Profile.Capabilities.Unicode) = (size.Width, size.Height, isUnicode);
        console.Write(new WatchFrame(view, size, isUnicode).Draw());
        return [.. text.ToString().TrimEnd('\n').Split('\n').Take(size.Height)];
    }
}
