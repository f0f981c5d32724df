using System.Buffers;
using System.Management.Automation;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>The last frame of a worker: everything else that it sent comes before it.</summary>
/// <param name="Outcome">How the script ended.</param>
/// <param name="ExitCode">The code that the process is about to exit with.</param>
/// <param name="Error">The error that ended the script.</param>
internal sealed record Goodbye(WorkerOutcome Outcome, int ExitCode, ErrorRecord? Error)
{
    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The frame.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static Goodbye Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        var outcome = (WorkerOutcome)body.Get<int>("outcome");
        var error = body.GetOptional<byte[]>("error");
        return Enum.IsDefined(outcome)
            ? new Goodbye(outcome, body.Get<int>("exitCode"), error is null ? null : ReadError(error))
            : throw new ProtocolException($"A worker ended with the unknown outcome {(int)outcome}.");
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("outcome", (int)Outcome),
        ("exitCode", ExitCode),
        ("error", Error is null ? null : WriteError(Error)));

    private static byte[] WriteError(ErrorRecord error)
    {
        var output = new ArrayBufferWriter<byte>();
        StreamRecordCodec.Write(error, output, BodyLimits.Default);
        return output.WrittenSpan.ToArray();
    }

    private static ErrorRecord ReadError(byte[] bytes)
    {
        try
        {
            return StreamRecordCodec.Read(bytes, BodyLimits.Default) as ErrorRecord
                ?? throw new ProtocolException("A worker's last error is not an error record.");
        }
        catch (BodyMalformedException exception)
        {
            throw new ProtocolException("A worker's last error is malformed.", exception);
        }
    }
}
