using System.Buffers;
using System.Management.Automation;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Worker;

/// <summary>
/// Sends what a script writes to its streams, in the order in which it writes: output objects as messages,
/// the rest as records. Called on the thread that writes; safe on several.
/// </summary>
internal sealed class StreamForwarder : IRecordSink
{
    private readonly WorkerSession _session;
    private readonly BodyLimits _limits;

    /// <summary>Prepares forwarding.</summary>
    /// <param name="session">The connection to the master.</param>
    public StreamForwarder(WorkerSession session)
    {
        _session = session;
        _limits = new BodyLimits(session.Launch.MaxDepth, ChannelLimits.DefaultMaxMessageBytes);
        Output.DataAdded += (_, _) => Drain(Output, WriteOutput);
    }

    /// <summary>The collection that the script's pipeline writes to.</summary>
    public PSDataCollection<PSObject?> Output { get; } = [];

    /// <summary>Forwards the errors of a pipeline. Its other streams come by way of the host.</summary>
    /// <param name="shell">The pipeline, not yet running.</param>
    public void Attach(PowerShell shell)
    {
        var errors = shell.Streams.Error;
        errors.DataAdded += (_, _) => Drain(errors, WriteRecord);
    }

    /// <summary>Sends a record; when the master has gone, nobody is left to read it.</summary>
    /// <param name="record">An error, warning, verbose, debug, information or progress record.</param>
    public void WriteRecord(object record)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(record, output, _limits);
        Send(FrameKind.Record, output.WrittenSpan, isRaw: false);
    }

    private void WriteOutput(object? value)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            var encoding = BodyWriter.Write(value, output, _limits);
            Send(FrameKind.Output, output.WrittenSpan, encoding == BodyEncoding.Raw);
        }
        catch (BodyNotSerializableException exception)
        {
            WriteRecord(BodyErrors.NotSerializable(exception, value).ErrorRecord);
        }
    }

    private void Send(FrameKind kind, ReadOnlySpan<byte> body, bool isRaw)
    {
        try
        {
            var header = new DataHeader(0, DateTime.UtcNow, isRaw, Topic: null, Peer: 0);
            _session.Send(kind, header, body, Timeout.InfiniteTimeSpan, _session.StopToken);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private static void Drain<T>(PSDataCollection<T> collection, Action<T> write)
    {
        foreach (var item in collection.ReadAll())
        {
            write(item);
        }
    }
}
