using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>Creates stream records from the bodies that <see cref="StreamRecordWriter"/> wrote.</summary>
internal static class StreamRecordReader
{
    private const int MostPercent = 100;

    /// <summary>Reads a record.</summary>
    /// <exception cref="BodyMalformedException">The bytes are not a record. No other exception is thrown, whatever the bytes.</exception>
    public static object Read(ReadOnlySpan<byte> utf8, BodyLimits limits)
    {
        if (BodyReader.Read(utf8, BodyEncoding.Json, MapStyle.PSObject, limits) is not PSObject map)
        {
            throw new BodyMalformedException("The record is not an object.");
        }

        var fields = new RecordFields(map);
        return fields.Choice<RecordKind>(RecordField.Kind) switch
        {
            RecordKind.Error => RemoteErrorFactory.Create(fields),
            RecordKind.Warning => fields.Text(RecordField.WarningId) is { } id
                ? new WarningRecord(id, Message(fields))
                : new WarningRecord(Message(fields)),
            RecordKind.Verbose => new VerboseRecord(Message(fields)),
            RecordKind.Debug => new DebugRecord(Message(fields)),
            RecordKind.Information => Information(fields),
            RecordKind.Progress => Progress(fields),
            var unknown => throw new BodyMalformedException($"The record's kind is unknown: {unknown}."),
        };
    }

    private static string Message(RecordFields fields) => fields.Text(RecordField.Message) ?? "";

    private static InformationRecord Information(RecordFields fields)
    {
        var data = fields.Text(RecordField.HostMessage) is { } message
            ? new HostInformationMessage
            {
                Message = message,
                NoNewLine = fields.Flag(RecordField.NoNewLine),
                ForegroundColor = fields.TryChoose<ConsoleColor>(RecordField.Foreground),
                BackgroundColor = fields.TryChoose<ConsoleColor>(RecordField.Background),
            }
            : fields.Value(RecordField.Data);
        var record = new InformationRecord(data, fields.Text(RecordField.Source))
        {
            Computer = fields.Text(RecordField.Computer),
            ManagedThreadId = fields.Unsigned(RecordField.ManagedThreadId),
            NativeThreadId = fields.Unsigned(RecordField.NativeThreadId),
            ProcessId = fields.Unsigned(RecordField.ProcessId),
            TimeGenerated = fields.Time(RecordField.Time) ?? DateTime.Now,
            User = fields.Text(RecordField.User),
        };
        record.Tags.AddRange(fields.Texts(RecordField.Tags));
        return record;
    }

    private static ProgressRecord Progress(RecordFields fields)
    {
        try
        {
            return new ProgressRecord(
                fields.Number(RecordField.Id),
                NotEmpty(fields.Text(RecordField.Activity)),
                NotEmpty(fields.Text(RecordField.Status)))
            {
                CurrentOperation = fields.Text(RecordField.Operation),
                ParentActivityId = fields.Number(RecordField.ParentId),
                PercentComplete = Math.Min(fields.Number(RecordField.Percent), MostPercent),
                RecordType = fields.Choice(RecordField.Type, ProgressRecordType.Processing),
                SecondsRemaining = fields.Number(RecordField.Seconds),
            };
        }
        catch (ArgumentException e)
        {
            throw new BodyMalformedException($"The progress record is invalid: {e.Message}", e);
        }
    }

    // The engine's constructor refuses empty strings.
    private static string NotEmpty(string? text) => string.IsNullOrEmpty(text) ? " " : text;
}
