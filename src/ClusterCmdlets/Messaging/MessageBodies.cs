using System.Management.Automation;
using Cluster.Contracts;
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

    /// <summary>Decodes what has arrived.</summary>
    /// <param name="item">The item.</param>
    /// <param name="asHashtable">Whether maps and objects are given as ordered hashtables.</param>
    /// <param name="cancellation">Ends the wait for a handle that comes with it.</param>
    /// <returns>The body of a message; of a record, a record of one of the engine's classes.</returns>
    /// <exception cref="ClusterException">It is not readable.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was taken.</exception>
    public static object? Read(InboxItem item, bool asHashtable, CancellationToken cancellation)
    {
        try
        {
            MessageHandles.Take(item, cancellation);
            return item.Line is not null ? LineRecord(item)
                : item.IsRecord ? StreamRecordCodec.Read(item.Frame.Body, BodyLimits.Default)
                : Decode(item.Frame, asHashtable ? MapStyle.Hashtable : MapStyle.PSObject);
        }
        catch (BodyMalformedException exception)
        {
            MessageHandles.Discard(item);
            throw new ClusterException(
                ClusterErrorId.BodyMalformed,
                ErrorCategory.InvalidData,
                $"A message from {SenderOf(item)} cannot be decoded: {exception.Message}",
                item.Frame.Header.Peer != 0 ? item.Frame.Header.Peer : item.Source.Id,
                exception);
        }
    }

    // A sibling's message comes by way of the master.
    private static string SenderOf(InboxItem item) =>
        item.Frame.Header.Peer != 0 ? $"worker {item.Frame.Header.Peer}" : item.Source.Id == 0 ? "the master" : $"worker {item.Source.Id}";

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

    private static InformationRecord LineRecord(InboxItem item)
    {
        var record = new InformationRecord(item.Line, $"Worker {item.Source.Id}");
        record.Tags.Add(item.IsErrorLine ? "stderr" : "stdout");
        return record;
    }
}
