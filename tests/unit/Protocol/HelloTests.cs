using Cluster.Protocol;
using Cluster.Transport;

namespace Cluster.UnitTests.Protocol;

/// <summary>Which clients a master lets in, and which version they speak then.</summary>
public sealed class HelloTests
{
    private static readonly byte[] Token = [.. Enumerable.Range(0, Hello.TokenSize).Select(number => (byte)number)];
    private static readonly Hello Good = new(VersionRange.Supported, PeerRole.Worker, 42, Token);

    [Fact]
    public void It_comes_back_as_it_was_written()
    {
        var hello = new Hello(new VersionRange(3, 700), PeerRole.Observer, int.MaxValue, Token);
        var read = Hello.Read(hello.Write());
        Assert.Equal(hello with { Token = read.Token }, read);
        Assert.Equal(Token, read.Token);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Hello.Size - 1)]
    [InlineData(Hello.Size + 1)]
    public void Another_size_is_refused(int size) => Assert.Throws<ProtocolException>(() => Hello.Read(new byte[size]));

    [Fact]
    public void The_expected_client_is_accepted() => Assert.Equal(1, Good.Accept(PeerRole.Worker, 42, Token));

    [Theory]
    [InlineData(0)]
    [InlineData(Hello.TokenSize - 1)]
    public void A_token_that_differs_in_one_bit_is_refused_before_anything_else_is_looked_at(int index)
    {
        var token = Token.ToArray();
        token[index] ^= 1;
        var hello = new Hello(new VersionRange(9, 9), PeerRole.Agent, 1, token);
        Assert.Contains("token", Refusal(hello), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_process_is_refused() => Assert.Contains("43", Refusal(Good with { ProcessId = 43 }), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(2, "Agent")]
    [InlineData(3, "Controller")]
    [InlineData(4, "Observer")]
    [InlineData(255, "255")]
    public void Another_role_is_refused(byte role, string name)
    {
        var refusal = Refusal(Good with { Role = (PeerRole)role });
        Assert.Contains($"role {name};", refusal, StringComparison.Ordinal);
        Assert.Contains("Worker", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, "0")]
    [InlineData(2, 2, "2")]
    [InlineData(2, 65535, "2 to 65535")]
    [InlineData(2, 0, "2 to 0")]
    public void Without_a_common_version_both_ranges_are_named(ushort lowest, ushort highest, string theirs)
    {
        var refusal = Refusal(Good with { Versions = new VersionRange(lowest, highest) });
        Assert.Contains($"speaks protocol versions {theirs}, its master {VersionRange.Supported};", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 5, 2, 3, 3)]
    [InlineData(2, 3, 1, 5, 3)]
    [InlineData(1, 3, 3, 9, 3)]
    [InlineData(3, 9, 1, 3, 3)]
    [InlineData(1, 2, 3, 4, null)]
    [InlineData(3, 4, 1, 2, null)]
    [InlineData(1, 9, 5, 4, null)]
    [InlineData(5, 4, 1, 9, null)]
    [InlineData(5, 4, 5, 4, null)]
    public void The_newest_common_version_is_chosen(ushort lowest, ushort highest, ushort otherLowest, ushort otherHighest, int? expected) =>
        Assert.Equal(expected, new VersionRange(lowest, highest).Choose(new VersionRange(otherLowest, otherHighest)));

    private static string Refusal(Hello hello) => Assert.Throws<ProtocolException>(() => hello.Accept(PeerRole.Worker, 42, Token)).Message;
}
