using System.Buffers;
using System.Buffers.Binary;
using Cluster.Protocol;
using Cluster.Serialization;
using Cluster.Transport;
using Cluster.Worker.Map;

namespace Cluster.UnitTests.Worker;

/// <summary>A master that notes, in short, what it is sent: <c>r1[0]Output 5</c>, <c>return 1 from 2</c>, <c>done 1</c>.</summary>
internal sealed class FakeMapLink : IMapLink
{
    private readonly List<string> _sent = [];

    /// <summary>The sizes of the payloads of results.</summary>
    public List<int> Sizes { get; } = [];

    /// <summary>What was sent since the last look.</summary>
    public string[] Take()
    {
        lock (_sent)
        {
            var sent = _sent.ToArray();
            _sent.Clear();
            return sent;
        }
    }

    public void SendControl(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var correlation = payload.Length < sizeof(long) ? 0 : BinaryPrimitives.ReadInt64LittleEndian(payload);
        lock (_sent)
        {
            switch (kind)
            {
                case ControlKind.MapResults:
                    Sizes.Add(payload.Length);
                    ReadOnlyMemory<byte> rest = payload[sizeof(long)..].ToArray();
                    while (!rest.IsEmpty)
                    {
                        _sent.Add($"r{correlation}{Text(MapEntry.Take(ref rest, int.MaxValue))}");
                    }

                    break;
                case ControlKind.MapReturn:
                    _sent.Add($"return {correlation} from {MapNumbers.Read(payload).Number}");
                    break;
                case ControlKind.MapDone:
                    _sent.Add($"done {correlation}");
                    break;
                default:
                    _sent.Add(kind.ToString());
                    break;
            }
        }
    }

    public void BeginBatch(in Frame frame) => Note($"begin {frame.Header.Correlation}");

    public void DropBatch(in Frame frame) => Note($"drop {frame.Header.Correlation}");

    /// <summary>A batch of strings or numbers.</summary>
    public static MapBatch Batch(long correlation, params object[] items)
    {
        var bodies = items.Select(item =>
        {
            var output = new ArrayBufferWriter<byte>();
            BodyWriter.Write(item, output, BodyLimits.Default);
            return new MapItemBody(output.WrittenMemory, IsRaw: false);
        });
        return Of(correlation, new MapBatchBody(1, IsEnd: false, [.. bodies]));
    }

    /// <summary>The end of the input.</summary>
    public static MapBatch End(long correlation) => Of(correlation, new MapBatchBody(1, IsEnd: true, []));

    private static MapBatch Of(long correlation, in MapBatchBody body) =>
        new(new Frame(FrameKind.Batch, new DataHeader(correlation, DateTime.UtcNow, IsRaw: true, Correlation: correlation), []), body);

    private static string Text(in MapEntry entry) => $"[{entry.Position}]" + entry.Kind switch
    {
        MapEntryKind.Done => entry.Outcome.ToString(),
        MapEntryKind.RawOutput => "bytes",
        MapEntryKind.Record => StreamRecordCodec.Read(entry.Body.Span, BodyLimits.Default).ToString(),
        _ => BodyReader.Read(entry.Body.Span, BodyEncoding.Json, MapStyle.PSObject, BodyLimits.Default)?.ToString(),
    };

    private void Note(string what)
    {
        lock (_sent)
        {
            _sent.Add(what);
        }
    }
}
