using System.Globalization;

namespace Cluster.Watch;

/// <summary>What is said of the master above the table, in two lines. Immutable.</summary>
/// <param name="Time">The time of day.</param>
/// <param name="Name">The master's name.</param>
/// <param name="State">Its state.</param>
/// <param name="Workers">How many workers it has, and what it has not read; the rest of the first line.</param>
/// <param name="Traffic">Messages, requests and restarts; the second line.</param>
internal sealed record WatchHeadline(string Time, string Name, string State, string Workers, string Traffic)
{
    /// <summary>The first line.</summary>
    public string FirstLine => $"{Time}  {Name}: {State}{Workers}";

    /// <summary>Makes the lines.</summary>
    /// <param name="snapshot">What is shown.</param>
    /// <param name="width">How long a line may be; what is least important is left out.</param>
    /// <returns>The lines.</returns>
    public static WatchHeadline Of(WatchSnapshot snapshot, int width)
    {
        var headline = new WatchHeadline(
            snapshot.Time.ToString("HH:mm:ss", CultureInfo.CurrentCulture),
            WatchText.Clip(WatchText.Line(snapshot.Name), width / 2),
            snapshot.State.ToString(),
            string.Empty,
            WatchText.Fit(TrafficParts(snapshot), width));
        var workers = WatchText.Fit(
            [Format($"{snapshot.Ready} of {snapshot.Wanted} workers ready"), Format($"{snapshot.Unread:N0} unread")], width - headline.FirstLine.Length - 2);
        return headline with { Workers = workers.Length > 0 ? ", " + workers : string.Empty };
    }

    private static IEnumerable<string> TrafficParts(WatchSnapshot snapshot)
    {
        yield return $"sent {WatchText.Rate(snapshot.SentRate)}/s";
        yield return $"received {WatchText.Rate(snapshot.ReceivedRate)}/s";
        if (snapshot.Requests.Count > 0)
        {
            yield return Format(
                $"{snapshot.Requests.Count:N0} requests (p50 {snapshot.Requests.P50.TotalMilliseconds:N1} ms, p99 {snapshot.Requests.P99.TotalMilliseconds:N1} ms)");
        }

        yield return Format($"{snapshot.Restarts:N0} restarts");
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
