using Cluster.Transport;

namespace Cluster.UnitTests.Architecture;

/// <summary>Knowledge flows one way between the folders of the module: the edges that there are, and no others.</summary>
public sealed class LayerTests
{
    /// <summary>What each folder may know. The same table stands in <c>docs/architecture.md</c>.</summary>
    private const string Allowed = """
        Commands      -> Api, Binding, Contracts, Events, Http, Machines, Map, Master, Messaging, Metrics, Protocol, Serialization, Supervision, Watch, Worker
        Binding       -> Api, Contracts, Hosting, Master, Messaging, Metrics, Worker
        Api           -> Contracts, Events, Http, Machines, Map, Master, Messaging, Ports, Protocol, Supervision, Transport, Worker
        Http          -> Contracts, Worker
        Watch         -> Contracts, Events, Loading, Master, Messaging, Metrics, Supervision
        Master        -> Contracts, Events, Hosting, Logging, Machines, Map, Messaging, Metrics, Ports, Protocol, Supervision, Transport
        Machines      -> Contracts, Hosting, Loading, Protocol, Serialization, Transport
        Logging       -> Contracts, Events, Loading, Messaging, Serialization, Supervision, Transport
        Metrics       -> Contracts, Messaging, Ports, Supervision
        Ports         -> Contracts, Hosting, Messaging, Protocol, Supervision, Transport
        Map           -> Contracts, Messaging, Protocol, Serialization, Supervision, Transport
        Events        -> Contracts, Messaging, Supervision, Transport
        Supervision   -> Contracts, Hosting, Messaging, Protocol, Serialization, Transport
        Worker        -> Contracts, Hosting, Messaging, Protocol, Serialization, Transport
        Messaging     -> Contracts, Protocol, Serialization, Transport
        Hosting       -> Contracts, Protocol, Transport
        Protocol      -> Contracts, Serialization, Transport
        Transport     -> Contracts
        """;

    private static readonly Lazy<SortedDictionary<string, string>> Edges = new(FindEdges);

    [Fact]
    public void Every_edge_is_allowed()
    {
        var known = Parse(Allowed).ToHashSet();
        var unknown = Edges.Value.Where(edge => !known.Contains(edge.Key)).Select(edge => $"{edge.Key}: {edge.Value}").ToArray();
        Assert.True(unknown.Length == 0, string.Join(Environment.NewLine, unknown));
    }

    [Fact]
    public void Every_allowed_edge_is_used()
    {
        var unused = Parse(Allowed).Except(Edges.Value.Keys).ToArray();
        Assert.True(unused.Length == 0, "Nothing needs these any more: " + string.Join(", ", unused));
    }

    [Fact]
    public void The_allowed_edges_have_no_circle()
    {
        var edges = Parse(Allowed).Select(edge => edge.Split(" -> ")).ToLookup(edge => edge[0], edge => edge[1]);
        var done = new HashSet<string>();
        void Visit(string folder, string way)
        {
            Assert.False(way.Split(" -> ").Contains(folder), $"{way} -> {folder}");
            if (!done.Contains(folder))
            {
                foreach (var next in edges[folder])
                {
                    Visit(next, way.Length == 0 ? folder : $"{way} -> {folder}");
                }

                done.Add(folder);
            }
        }

        foreach (var folder in edges)
        {
            Visit(folder.Key, string.Empty);
        }
    }

    [Fact]
    public void The_table_stands_in_the_document()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Cluster.sln")))
        {
            root = root.Parent!;
        }

        var document = File.ReadAllText(Path.Combine(root.FullName, "docs", "architecture.md"));
        Assert.Contains($"```\n{Allowed}\n```", document.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static SortedDictionary<string, string> FindEdges()
    {
        var edges = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var type in typeof(Frame).Assembly.GetTypes())
        {
            foreach (var use in TypeUses.Of(type))
            {
                if (FolderOf(type) is { } from && FolderOf(use) is { } to && from != to)
                {
                    edges.TryAdd($"{from} -> {to}", $"{type.FullName} knows {use.FullName}");
                }
            }
        }

        return edges;
    }

    /// <summary>The first part of the namespace below <c>Cluster</c>; null for all that is not the module's.</summary>
    private static string? FolderOf(Type type) =>
        type.Assembly == typeof(Frame).Assembly && type.Namespace?.Split('.') is ["Cluster", var folder, ..] ? folder : null;

    private static IEnumerable<string> Parse(string table) =>
        from line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let parts = line.Split("->", StringSplitOptions.TrimEntries)
        from to in parts[1].Split(", ", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        select $"{parts[0]} -> {to}";
}
