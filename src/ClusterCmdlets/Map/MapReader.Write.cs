using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Map;

/// <content>Decodes entries and writes them.</content>
internal sealed partial class MapReader
{
    private static readonly BodyLimits Limits = new(BodyLimits.DeepestAllowed, ChannelLimits.DefaultMaxMessageBytes);

    private void WriteKept(OpenItem open, Gathered? gathered)
    {
        _kept -= open.Bytes;
        open.Bytes = 0;
        foreach (var entry in open.Entries)
        {
            open.HasErrors |= Write(open.Item, entry, gathered);
        }

        open.Entries.Clear();
    }

    private void WriteWithoutItem(in MapEntry entry)
    {
        var value = Decode(entry);
        if (entry.Kind == MapEntryKind.Record)
        {
            sink.WriteRecord(value!);
        }
        else
        {
            sink.WriteOutput(value);
        }
    }

    /// <summary>Writes an entry.</summary>
    /// <returns>Whether it is an error.</returns>
    private bool Write(MapItem item, in MapEntry entry, Gathered? gathered)
    {
        var value = Decode(entry);
        if (entry.Kind == MapEntryKind.Record)
        {
            var error = value as ErrorRecord;
            if (error is not null)
            {
                StreamRecordCodec.SetTarget(error, item.Input);
                gathered?.Errors.Add(error);
            }

            sink.WriteRecord(value!);
            return error is not null;
        }

        if (gathered is null)
        {
            sink.WriteOutput(value);
        }
        else
        {
            gathered.Output.Add(value);
        }

        return false;
    }

    private static object? Decode(in MapEntry entry)
    {
        try
        {
            return entry.Kind switch
            {
                MapEntryKind.Output => BodyReader.Read(entry.Body.Span, BodyEncoding.Json, MapStyle.PSObject, Limits),
                MapEntryKind.RawOutput => entry.Body.ToArray(),
                _ => StreamRecordCodec.Read(entry.Body.Span, BodyLimits.Default),
            };
        }
        catch (BodyMalformedException exception)
        {
            throw new ClusterException(
                ClusterErrorId.BodyMalformed, ErrorCategory.InvalidData, $"The results of a worker cannot be decoded: {exception.Message}", null, exception);
        }
    }

    private sealed record Gathered(List<object?> Output, List<ErrorRecord> Errors);
}
