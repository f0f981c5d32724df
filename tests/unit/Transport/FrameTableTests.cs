using Cluster.Transport;

namespace Cluster.UnitTests.Transport;

/// <summary>What the parts register with a channel, and what becomes of a frame that its handler cannot take.</summary>
public sealed class FrameTableTests
{
    private const FrameKind Kind = (FrameKind)KindRange.Ports;

    [Fact]
    public void A_frame_goes_to_the_handler_of_its_kind()
    {
        var taken = new List<string>();
        var table = new FrameTable();
        table.Add(Kind, 1, frame => taken.Add($"ports {frame.Body.Length}"));
        table.Add((FrameKind)KindRange.Map, 0, _ => taken.Add("map"));
        table.Deliver(new Frame((FrameKind)KindRange.Map, default, []));
        table.Deliver(new Frame(Kind, default, [1]));
        Assert.Equal(["map", "ports 1"], taken);
    }

    [Fact]
    public void A_kind_has_one_handler()
    {
        var table = new FrameTable();
        table.Add(Kind, 1, _ => { });
        Assert.Throws<InvalidOperationException>(() => table.Add(Kind, 2, _ => { }));
        Assert.Throws<ProtocolException>(() => table.Check(Kind, 2));
    }

    [Fact]
    public void What_a_handler_throws_is_a_protocol_error_that_says_so()
    {
        var table = new FrameTable();
        table.Add(Kind, 0, _ => throw new FormatException("not a port"));
        var error = Assert.Throws<ProtocolException>(() => table.Deliver(new Frame(Kind, default, [])));
        Assert.Contains("not a port", error.Message, StringComparison.Ordinal);
        Assert.IsType<FormatException>(error.InnerException);
    }

    [Fact]
    public void A_broken_pipe_in_a_handler_stays_what_it_is()
    {
        var table = new FrameTable();
        table.Add(Kind, 0, _ => throw new IOException("broken"));
        Assert.IsType<IOException>(Assert.ThrowsAny<IOException>(() => table.Deliver(new Frame(Kind, default, []))));
    }
}
