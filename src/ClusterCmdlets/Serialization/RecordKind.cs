namespace Cluster.Serialization;

/// <summary>The kinds of stream records; their names are part of the wire format.</summary>
internal enum RecordKind
{
    Error,
    Warning,
    Verbose,
    Debug,
    Information,
    Progress,
}
