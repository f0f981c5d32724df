using System.Globalization;
using System.Management.Automation;

namespace ClusterHost.Hosting;

/// <summary>The latest progress record as one line on a console, wiped at its end.</summary>
internal static class ProgressLine
{
    /// <summary>Draws over the current line and leaves the cursor at its start.</summary>
    public static void Show(ProgressRecord record)
    {
        string text = "";
        if (record.RecordType != ProgressRecordType.Completed)
        {
            string percent = record.PercentComplete >= 0
                ? string.Create(CultureInfo.CurrentCulture, $" {record.PercentComplete}%")
                : "";
            text = $"{record.Activity}: {record.StatusDescription}{percent}";
            int width = Math.Max(Console.WindowWidth - 1, 20);
            text = text.Length > width ? text[..width] : text;
        }
        Console.Out.Write($"\r\u001b[2K{text}\r");
    }
}
