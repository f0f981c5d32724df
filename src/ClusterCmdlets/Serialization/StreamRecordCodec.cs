using System.Buffers;
using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>
/// Carries the records of PowerShell's streams (error, warning, verbose, debug, information, progress) to another
/// process, where they become records of the same class again. They are diagnostics, so sending one never fails.
/// </summary>
/// <remarks>Called on the pipeline thread, as <see cref="BodyWriter"/> is.</remarks>
internal static class StreamRecordCodec
{
    /// <summary>Writes a record as a JSON body.</summary>
    /// <param name="record">The record.</param>
    /// <param name="output">Where the bytes go; it receives a whole record or nothing.</param>
    /// <param name="limits">The bounds of depth and size; what exceeds them is shortened. The
    /// names of a record's properties alone need about 1 KiB.</param>
    /// <exception cref="ArgumentException">The object is not a stream record.</exception>
    public static void Write(object record, IBufferWriter<byte> output, BodyLimits limits) =>
        StreamRecordWriter.Write(record, output, limits);

    /// <summary>Reads a record.</summary>
    /// <param name="utf8">The bytes of the body.</param>
    /// <param name="limits">The bounds of depth and size.</param>
    /// <returns>A record of the class that was sent.</returns>
    /// <exception cref="BodyMalformedException">The bytes are not a record. No other exception is thrown, whatever the bytes.</exception>
    public static object Read(ReadOnlySpan<byte> utf8, BodyLimits limits) => StreamRecordReader.Read(utf8, limits);

    /// <summary>Gives an error another target: the object that it is about in this process.</summary>
    /// <param name="error">The error; it keeps its target where the engine has no way to change it.</param>
    /// <param name="target">The object.</param>
    public static void SetTarget(ErrorRecord error, object? target) => EngineTypes.SetTarget(error, target);

    /// <summary>Lets the next command that writes an error leave it its position in the script that it comes from.</summary>
    /// <param name="error">The error; it gets the position of the command where the engine has no way to keep it.</param>
    public static void KeepPosition(ErrorRecord error) => EngineTypes.KeepPosition(error);
}
