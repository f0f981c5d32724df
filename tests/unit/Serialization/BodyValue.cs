using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Cluster.UnitTests.Serialization;

/// <summary>Any value of the fidelity table, nested at will, and a comparison that knows what it becomes.</summary>
public sealed class BodyValue(object? value)
{
    public object? Value { get; } = value;

    public static Arbitrary<BodyValue> Any() => Arb.From(Tree(4).Select(static v => new BodyValue(v)));

    public override string ToString() => Show(Value);

    private static Gen<object?> Tree(int depth) =>
        depth == 0
            ? Scalar()
            : Gen.Frequency(
                (5, Scalar()),
                (1, Tree(depth - 1).ArrayOf().Select(static items => (object?)items)),
                (1, Tree(depth - 1).ListOf().Select(static items => (object?)new ArrayList(items))),
                (1, Entries(depth).Select(static e => (object?)AsOrdered(e))),
                (1, Entries(depth).Select(static e => (object?)Codec.Custom(e))));

    private static Gen<(string Name, object? Value)[]> Entries(int depth) =>
        from names in Text().Where(static t => t.Length > 0).ArrayOf()
        let distinct = names.Distinct(StringComparer.OrdinalIgnoreCase).ToArray()
        from values in Tree(depth - 1).ArrayOf(distinct.Length)
        select distinct.Zip(values).Select(static pair => (pair.First, pair.Second)).ToArray();

    private static OrderedDictionary AsOrdered((string Name, object? Value)[] entries) => Codec.Ordered(entries);

    private static Gen<string> Text() =>
        Gen.OneOf(
            Gen.Elements("", "$", "v", "t", "id", "Name", "😀", "\0", "\u2028"),
            ArbMap.Default.GeneratorFor<string>().Select(static s => s is null ? "" : Cluster.Serialization.SurrogatePairs.ReplaceLoneSurrogates(s)));

    private static Gen<object?> Scalar() =>
        Gen.OneOf(
            Gen.Constant<object?>(null),
            Text().Select(static v => (object?)v),
            Of<bool>(), Of<byte>(), Of<short>(), Of<int>(), Of<uint>(), Of<long>(), Of<ulong>(), Of<BigInteger>(),
            Of<double>(), Of<float>(), Of<decimal>(), Of<DateTime>(), Of<DateTimeOffset>(), Of<TimeSpan>(), Of<Guid>(), Of<char>(),
            Of<byte[]>(), Of<DayOfWeek>(), Of<DateOnly>(), Of<TimeOnly>());

    private static Gen<object?> Of<T>() => ArbMap.Default.GeneratorFor<T>().Select(static v => (object?)v);

    private static string Show(object? value) => value switch
    {
        null => "null",
        IDictionary map => "{" + string.Join(", ", map.Keys.Cast<string>().Select(k => k + "=" + Show(map[k]))) + "}",
        PSObject o => "@{" + string.Join(", ", o.Properties.Select(static p => p.Name + "=" + Show(p.Value))) + "}",
        byte[] bytes => Convert.ToHexString(bytes),
        string s => "'" + s + "'",
        IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Select(Show)) + "]",
        _ => value + ":" + value.GetType().Name,
    };
}
