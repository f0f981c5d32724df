namespace Cluster.Serialization;

/// <summary>How the bytes of a message body are to be understood. The numbers are part of the wire format.</summary>
internal enum BodyEncoding : byte
{
    /// <summary>UTF-8 JSON as <see cref="BodyWriter"/> describes it.</summary>
    Json = 0,

    /// <summary>The bytes are the body: a top-level byte array, as it is.</summary>
    Raw = 1,
}
