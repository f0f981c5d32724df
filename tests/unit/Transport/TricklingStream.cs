namespace Cluster.UnitTests.Transport;

/// <summary>A stream that gives its bytes in pieces of changing size, as a pipe may.</summary>
internal sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
{
    private int _calls;

    public override int Read(byte[] buffer, int offset, int count) =>
        base.Read(buffer, offset, Math.Min(count, 1 + (_calls++ * 37 % 5000)));
}
