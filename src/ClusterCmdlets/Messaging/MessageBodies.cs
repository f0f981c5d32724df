using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>Decodes the bodies of data frames.</summary>
internal static class MessageBodies
{
    // What a sender was allowed to nest is read: its limit is the one that counts.
    private static readonly BodyLimits Limits = new(BodyLimits.DeepestAllowed, ChannelLimits.DefaultMaxMessageBytes);

    /// <summary>Decodes a body.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="maps">How maps are given.</param>
    /// <returns>The object.</returns>
    /// <exception cref="BodyMalformedException">The body is not readable.</exception>
    /// <remarks>Raw bytes are the frame's own array, which nobody else has: large ones are not copied again.</remarks>
    public static object? Decode(in Frame frame, MapStyle maps) =>
        frame.Header.IsRaw ? frame.Body : BodyReader.Read(frame.Body, BodyEncoding.Json, maps, Limits);

    /// <summary>Decodes the body of a message that is only reported; one that is not readable is null.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>The object.</returns>
    public static object? DecodeOrNull(in Frame frame)
    {
        try
        {
            return Decode(frame, MapStyle.PSObject);
        }
        catch (BodyMalformedException)
        {
            return null;
        }
    }
}
