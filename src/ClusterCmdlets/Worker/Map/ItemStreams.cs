using System.Buffers;
using System.Management.Automation;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Worker.Map;

/// <summary>
/// Encodes what an item writes, on the thread that writes it, and gives it to the results of its batch. Safe on several threads.
/// </summary>
internal sealed class ItemStreams : IRecordSink
{
    /// <summary>A buffer that has become larger is not kept.</summary>
    private const int KeptBytes = 1024 * 1024;

    private readonly ResultBuffer _results;
    private readonly object _gate;
    private ArrayBufferWriter<byte>? _idle = new(1024);

    /// <summary>Prepares them.</summary>
    /// <param name="results">Where they go.</param>
    /// <param name="gate">Its lock.</param>
    public ItemStreams(ResultBuffer results, object gate)
    {
        _results = results;
        _gate = gate;
        Output = new ItemOutput(WriteOutput);
    }

    /// <summary>What a pipeline writes its output to.</summary>
    public ItemOutput Output { get; }

    /// <summary>The bounds of what is written.</summary>
    public BodyLimits Limits { get; private set; } = BodyLimits.Default;

    /// <summary>Sets the deepest nesting.</summary>
    /// <param name="maxDepth">The depth.</param>
    public void SetDepth(int maxDepth) => Limits = new BodyLimits(maxDepth, ChannelLimits.DefaultMaxMessageBytes);

    /// <summary>Takes the errors of a pipeline as they are written. Its other streams come by way of the host.</summary>
    /// <param name="shell">The pipeline, not yet running.</param>
    public void Attach(PowerShell shell)
    {
        var errors = shell.Streams.Error;
        errors.DataAdded += (_, _) =>
        {
            foreach (var error in errors.ReadAll())
            {
                WriteRecord(error);
            }
        };
    }

    /// <inheritdoc/>
    public void WriteRecord(object record)
    {
        var output = Rent();
        StreamRecordCodec.Write(record, output, Limits);
        Append(MapEntryKind.Record, output);
    }

    private void WriteOutput(PSObject? value)
    {
        var output = Rent();
        BodyEncoding encoding;
        try
        {
            encoding = BodyWriter.Write(value, output, Limits);
        }
        catch (BodyNotSerializableException exception)
        {
            WriteRecord(BodyErrors.NotSerializable(exception, value).ErrorRecord);
            return;
        }

        Append(encoding == BodyEncoding.Raw ? MapEntryKind.RawOutput : MapEntryKind.Output, output);
    }

    private void Append(MapEntryKind kind, ArrayBufferWriter<byte> output)
    {
        lock (_gate)
        {
            _results.Append(kind, output.WrittenSpan);
        }

        if (output.Capacity <= KeptBytes)
        {
            output.ResetWrittenCount();
            _idle = output;
        }
    }

    /// <summary>A script property that is being encoded may write itself, and so may other threads: those get a buffer of their own.</summary>
    private ArrayBufferWriter<byte> Rent() => Interlocked.Exchange(ref _idle, null) ?? new ArrayBufferWriter<byte>(1024);
}
