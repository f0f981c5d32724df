using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Numerics;
using Cluster.Serialization;
using FsCheck.Xunit;

namespace Cluster.UnitTests.Serialization;

public sealed class BodyPropertyTests
{
    [Property(Arbitrary = [typeof(BodyValue)], MaxTest = 400)]
    public void Any_value_comes_back_equal(BodyValue body)
    {
        ArgumentNullException.ThrowIfNull(body);
        AssertSame(body.Value, Codec.RoundTrip(body.Value), MapStyle.PSObject);
        AssertSame(body.Value, Codec.RoundTrip(body.Value, MapStyle.Hashtable), MapStyle.Hashtable);
    }

    [Property(Arbitrary = [typeof(BodyValue)], MaxTest = 200)]
    public void What_has_come_can_be_sent_on_unchanged(BodyValue body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Assert.Equal(Codec.Encode(body.Value).Bytes, Codec.Encode(Codec.RoundTrip(body.Value)).Bytes);
    }

    [Property(MaxTest = 5000)]
    public void Any_bytes_are_a_value_or_malformed(byte[] bytes) => ReadAnything(bytes);

    [Property(Arbitrary = [typeof(BodyValue)], MaxTest = 400)]
    public void Any_damage_to_a_body_gives_a_value_or_malformed(BodyValue body, int seed)
    {
        ArgumentNullException.ThrowIfNull(body);
        var bytes = Codec.Encode(body.Value).Bytes;
        var random = new Random(seed);
        for (var round = 0; round < 10 && bytes.Length > 0; round++)
        {
            bytes = Damage(bytes, random);
            ReadAnything(bytes);
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        var length = Math.Min(random.Next(1, 8), bytes.Length - at);
        return random.Next(5) switch
        {
            0 => bytes[..at],
            1 => [.. bytes[..at], .. bytes[(at + length)..]],
            2 => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
            3 => [.. bytes[..at], (byte)"{}[]\",:$0-e\\tn"[random.Next(14)], .. bytes[(at + 1)..]],
            _ => [.. bytes[..(at + length)], .. bytes[at..]],
        };
    }

    private static void ReadAnything(byte[] bytes)
    {
        foreach (var style in new[] { MapStyle.PSObject, MapStyle.Hashtable })
        {
            try
            {
                _ = BodyReader.Read(bytes, BodyEncoding.Json, style, BodyLimits.Default);
            }
            catch (BodyMalformedException)
            {
                continue;
            }
        }

        try
        {
            _ = StreamRecordCodec.Read(bytes, BodyLimits.Default);
        }
        catch (BodyMalformedException)
        {
            return;
        }
    }

    private static void AssertSame(object? sent, object? received, MapStyle style)
    {
        switch (sent)
        {
            case IDictionary map:
                AssertSameMembers(map.Keys.Cast<string>().Select(name => (name, map[name])), received, style);
                break;
            case PSObject instance:
                AssertSameMembers(instance.Properties.Select(static p => (p.Name, (object?)p.Value)), received, style);
                break;
            case byte[]:
                Assert.Equal(sent, Assert.IsType<byte[]>(received));
                break;
            case IList list:
                var items = Assert.IsType<object[]>(received);
                Assert.Equal(list.Count, items.Length);
                for (var i = 0; i < items.Length; i++)
                {
                    AssertSame(list[i], items[i], style);
                }

                break;
            default:
                var expected = Expected(sent);
                Assert.Equal(expected?.GetType(), received?.GetType());
                Assert.Equal(expected, received);
                break;
        }
    }

    private static void AssertSameMembers(IEnumerable<(string Name, object? Value)> sent, object? received, MapStyle style)
    {
        var members = style == MapStyle.Hashtable
            ? Assert.IsType<OrderedDictionary>(received).Cast<DictionaryEntry>().Select(static e => ((string)e.Key, e.Value)).ToArray()
            : Assert.IsType<PSObject>(received).Properties.Select(static p => (p.Name, (object?)p.Value)).ToArray();
        Assert.Equal(sent.Select(static s => s.Name), members.Select(static m => m.Item1));
        foreach (var ((_, value), (_, other)) in sent.Zip(members))
        {
            AssertSame(value, other, style);
        }
    }

    private static object? Expected(object? sent) => sent switch
    {
        byte n => (int)n,
        short n => (int)n,
        uint n => Smallest(n),
        long n => Smallest(n),
        ulong n => Smallest(n),
        BigInteger n => Smallest(n),
        Enum e => e.ToString(),
        _ => sent,
    };

    private static object Smallest(BigInteger n)
    {
        object result = n;
        if (n >= long.MinValue && n <= long.MaxValue)
        {
            result = (long)n;
        }

        if (n >= int.MinValue && n <= int.MaxValue)
        {
            result = (int)n;
        }

        return result;
    }
}
