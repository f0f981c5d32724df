using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>The master's answer to a valid <see cref="Hello"/>: the version chosen, and who the worker is.</summary>
/// <param name="Version">The protocol's version on this channel, one of those that the hello offered.</param>
/// <param name="Id">The worker's id.</param>
/// <param name="Slot">The worker's slot.</param>
/// <param name="MasterProcessId">The master's process.</param>
/// <param name="Limits">The channel's limits, the same on both sides.</param>
internal sealed record Welcome(ushort Version, int Id, int Slot, int MasterProcessId, ChannelLimits Limits)
{
    /// <summary>The largest payload.</summary>
    public const int MaxSize = 4096;

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static Welcome Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        return new Welcome(
            checked((ushort)body.Get<int>("version")),
            body.Get<int>("id"),
            body.Get<int>("slot"),
            body.Get<int>("masterProcessId"),
            new ChannelLimits(body.Get<int>("maxFrameBytes"), body.Get<int>("queueMessages"), long.Parse(body.Get<string>("queueBytes"), System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("version", (int)Version),
        ("id", Id),
        ("slot", Slot),
        ("masterProcessId", MasterProcessId),
        ("maxFrameBytes", Limits.MaxFrameBytes),
        ("queueMessages", Limits.QueueMessages),
        ("queueBytes", Limits.QueueBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
