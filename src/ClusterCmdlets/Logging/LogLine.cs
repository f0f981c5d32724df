using System.Buffers;
using System.Management.Automation;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cluster.Contracts;
using Cluster.Events;
using Cluster.Messaging;
using Cluster.Serialization;
using Cluster.Supervision;
using Cluster.Transport;

namespace Cluster.Logging;

/// <summary>
/// Writes an entry as one line of JSON: <c>time</c>, <c>worker</c>, <c>slot</c>, <c>pid</c>, and then <c>stream</c> with its
/// text or <c>event</c> with its reason. Pure.
/// </summary>
internal static class LogLine
{
    private const int MostDepth = BodyLimits.DeepestAllowed * 2;
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MostDepth + 8 };
    private static readonly JsonDocumentOptions BodyOptions = new() { MaxDepth = MostDepth };

    /// <summary>The line of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>The line, without its end; null for what is not logged: progress.</returns>
    public static string? Of(in LogEntry entry)
    {
        var content = entry.InboxItem is { Frame.Kind: FrameKind.Record } ? ReadRecord(entry.InboxItem) : null;
        if (content is ProgressRecord)
        {
            return null;
        }

        var copy = entry;
        return Write(entry.Time, json =>
        {
            if (copy.Event is { } happened)
            {
                WriteEvent(json, happened);
            }
            else
            {
                WriteSource(json, copy.InboxItem!.Source.Id, copy.InboxItem.Source.Slot, copy.InboxItem.Source.ProcessId);
                WriteStream(json, copy, content);
            }
        });
    }

    /// <summary>A line about the log itself.</summary>
    /// <param name="time">When, UTC.</param>
    /// <param name="name">What has happened.</param>
    /// <param name="reason">Why, in words.</param>
    /// <returns>The line, without its end.</returns>
    public static string Of(DateTime time, string name, string reason) => Write(time, json =>
    {
        json.WriteString("event", name);
        json.WriteString("reason", reason);
    });

    private static string Write(DateTime time, Action<Utf8JsonWriter> content)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("time", time);
        content(json);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void WriteSource(Utf8JsonWriter json, int id, int slot, int processId)
    {
        json.WriteNumber("worker", id);
        json.WriteNumber("slot", slot);
        json.WriteNumber("pid", processId);
    }

    private static void WriteEvent(Utf8JsonWriter json, EventEntry happened)
    {
        if (happened.Worker?.Connection is { } worker)
        {
            WriteSource(json, worker.Id, worker.Slot, worker.ProcessId);
        }

        json.WriteString("event", happened.Name.ToString());
        json.WriteString("reason", happened.Reason);
        if (happened.Lost is { } lost)
        {
            json.WriteNumber("messages", lost.Frames.Count);
        }

        if (happened is { Name: ClusterEventName.Exit, Worker.Status.Exit: { } exit })
        {
            json.WriteString("exitReason", exit.Reason.ToString());
            WriteCode(json, exit);
        }
    }

    private static void WriteCode(Utf8JsonWriter json, WorkerExit exit)
    {
        if (exit.Code is { } code)
        {
            json.WriteNumber("exitCode", code);
        }

        if (exit.Signal is { } signal)
        {
            json.WriteString("signal", signal);
        }
    }

    private static object ReadRecord(InboxItem arrival)
    {
        try
        {
            return StreamRecordCodec.Read(arrival.Frame.Body, BodyLimits.Default);
        }
        catch (BodyMalformedException exception)
        {
            return exception;
        }
    }

    private static void WriteStream(Utf8JsonWriter json, in LogEntry entry, object? record)
    {
        var arrival = entry.InboxItem!;
        if (arrival.Line is not null)
        {
            json.WriteString("stream", arrival.IsErrorLine ? "stderr" : "stdout");
            json.WriteString("text", arrival.Line);
        }
        else if (arrival.Frame.Kind == FrameKind.Output)
        {
            json.WriteString("stream", "output");
            WriteBody(json, arrival.Frame, entry.BodyBytes);
        }
        else if (entry.BodyBytes > LogEntry.MostBodyBytes)
        {
            json.WriteString("stream", "record");
            WriteBody(json, arrival.Frame, entry.BodyBytes);
        }
        else
        {
            WriteRecord(json, record);
        }
    }

    private static void WriteRecord(Utf8JsonWriter json, object? record)
    {
        var (stream, text) = record switch
        {
            ErrorRecord error => ("error", error.ToString()),
            WarningRecord warning => ("warning", warning.Message),
            VerboseRecord verbose => ("verbose", verbose.Message),
            DebugRecord debug => ("debug", debug.Message),
            InformationRecord information => ("information", SafeToString.Of(information.MessageData)),
            Exception unreadable => ("record", "not readable: " + unreadable.Message),
            _ => ("record", string.Empty),
        };
        json.WriteString("stream", stream);
        json.WriteString("text", text);
        switch (record)
        {
            case ErrorRecord error:
                json.WriteString("errorId", error.FullyQualifiedErrorId);
                json.WriteString("category", error.CategoryInfo.Category.ToString());
                if (error.ScriptStackTrace is { Length: > 0 } stack)
                {
                    json.WriteString("stack", stack);
                }

                break;
            case InformationRecord { Tags.Count: > 0 } information:
                json.WriteStartArray("tags");
                foreach (var tag in information.Tags)
                {
                    json.WriteStringValue(tag);
                }

                json.WriteEndArray();
                break;
        }
    }

    /// <summary>A string is text; anything else is written as it travels; what is raw, large or malformed is not.</summary>
    private static void WriteBody(Utf8JsonWriter json, in Frame frame, int bytes)
    {
        if (frame.Header.IsRaw)
        {
            json.WriteNumber("bytes", bytes);
            return;
        }

        try
        {
            if (bytes <= LogEntry.MostBodyBytes)
            {
                using var body = JsonDocument.Parse(frame.Body, BodyOptions);
                if (body.RootElement.ValueKind == JsonValueKind.String)
                {
                    json.WriteString("text", body.RootElement.GetString());
                    return;
                }

                // Through a buffer of its own: what fails in the middle must not be half written.
                var whole = new ArrayBufferWriter<byte>(bytes);
                using (var writer = new Utf8JsonWriter(whole, Options))
                {
                    body.RootElement.WriteTo(writer);
                }

                json.WritePropertyName("body");
                json.WriteRawValue(whole.WrittenSpan, skipInputValidation: true);
                return;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A body that is no JSON: whoever reads the message is told; here its text will do.
        }

        json.WriteString("text", Encoding.UTF8.GetString(frame.Body.AsSpan(0, Math.Min(frame.Body.Length, LogEntry.ShownBodyBytes))));
        json.WriteNumber("bytes", bytes);
    }
}
