namespace Cluster.Serialization;

/// <summary>The names of the properties of stream records on the wire; errors have those of <see cref="ErrorField"/>.</summary>
internal static class RecordField
{
    public const string Kind = "Kind";
    public const string Message = "Message";
    public const string WarningId = "WarningId";
    public const string Data = "Data";
    public const string HostMessage = "HostMessage";
    public const string NoNewLine = "NoNewLine";
    public const string Foreground = "Foreground";
    public const string Background = "Background";
    public const string Source = "Source";
    public const string Time = "Time";
    public const string Tags = "Tags";
    public const string User = "User";
    public const string Computer = "Computer";
    public const string ProcessId = "ProcessId";
    public const string NativeThreadId = "NativeThreadId";
    public const string ManagedThreadId = "ManagedThreadId";
    public const string Id = "Id";
    public const string ParentId = "ParentId";
    public const string Activity = "Activity";
    public const string Status = "Status";
    public const string Operation = "Operation";
    public const string Percent = "Percent";
    public const string Seconds = "Seconds";
    public const string Type = "Type";
}
