using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Protocol;

/// <summary>The numbers of the kinds: in the range of their part, each used once, and those of the documentation.</summary>
public sealed partial class KindTests
{
    private static readonly Dictionary<string, byte> Kinds =
        Enum.GetValues<FrameKind>().Select(kind => (Name: kind.ToString(), Kind: (byte)kind))
            .Concat(Constants<FrameKind>(typeof(ControlKind)).Select(constant => (constant.Name, (byte)constant.Value)))
            .ToDictionary(pair => pair.Name, pair => pair.Item2);

    [Fact]
    public void No_number_has_two_meanings() => Assert.Equal(Kinds.Count, Kinds.Values.Distinct().Count());

    [Fact]
    public void Every_kind_is_in_a_range_that_is_its_own()
    {
        var ranges = Constants<byte>(typeof(KindRange)).ToDictionary(constant => constant.Name, constant => constant.Value);
        Assert.Equal(ranges.Values.Order().Distinct(), ranges.Values);
        foreach (var (name, kind) in Kinds)
        {
            var range = ranges.Last(range => range.Value <= kind).Key;
            var expected = name switch
            {
                _ when Frame.IsData((FrameKind)kind) => "Data",
                "Credit" or "CreditRequest" => "Transport",
                "Acknowledge" or "Undeliverable" => "Messages",
                "HandlesRequest" or "HandlesOffer" or "Listen" or "ListenReply" or "Unlisten" => "Ports",
                "StartWorker" or "KillWorker" or "Dismiss" or "WorkerStarted" or "WorkerConnected" or "WorkerEnded" or "WorkerLine" or "WorkerUsage" => "Machines",
                _ when name.StartsWith("Map", StringComparison.Ordinal) => "Map",
                _ => "Life",
            };
            Assert.Equal((name, expected), (name, range));
        }
    }

    [Fact]
    public void The_documentation_has_the_same_numbers_and_names()
    {
        var rows = Row().Matches(File.ReadAllText(DocumentPath()));
        Assert.Equal(
            Kinds.Select(pair => $"{pair.Value} {pair.Key}").Order(),
            rows.Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}").Order());
    }

    [Fact]
    public void The_documentation_has_the_same_ranges()
    {
        var rows = RangeRow().Matches(File.ReadAllText(DocumentPath()));
        Assert.Equal(
            Constants<byte>(typeof(KindRange)).Select(constant => constant.Value),
            rows.Select(row => byte.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture)));
        Assert.All(rows.Zip(rows.Skip(1)), pair => Assert.Equal(
            int.Parse(pair.First.Groups[2].Value, CultureInfo.InvariantCulture) + 1,
            int.Parse(pair.Second.Groups[1].Value, CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<(string Name, T Value)> Constants<T>(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.FieldType == typeof(T))
            .Select(field => (field.Name, (T)field.GetValue(null)!));

    private static string DocumentPath([CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "..", "docs", "protocol.md");

    /// <summary>Number and name of a kind.</summary>
    [GeneratedRegex(@"^\| (\d+) \| ([A-Z]\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>First and last number of a range.</summary>
    [GeneratedRegex(@"^\| (\d+)–(\d+) \|", RegexOptions.Multiline)]
    private static partial Regex RangeRow();
}
