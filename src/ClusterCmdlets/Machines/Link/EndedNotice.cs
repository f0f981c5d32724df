using Cluster.Protocol;

namespace Cluster.Machines.Link;

/// <summary>A worker of another machine has ended, or could not be started. Immutable.</summary>
/// <param name="Worker">The worker's number.</param>
/// <param name="ExitCode">The exit code of its process; null when the system could not tell, or there was none.</param>
/// <param name="Failure">Why it could not be started or let in; null otherwise.</param>
/// <param name="ErrorTail">The last lines that it wrote to stderr.</param>
internal sealed record EndedNotice(int Worker, int? ExitCode, string? Failure, IReadOnlyList<string> ErrorTail)
{
    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The notice.</returns>
    /// <exception cref="Transport.ProtocolException">It is malformed.</exception>
    public static EndedNotice Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        return new EndedNotice(body.Get<int>("worker"), body.GetOptional<int?>("exitCode"), body.GetOptional<string>("failure"), body.GetList<string>("errorTail"));
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("worker", Worker), ("exitCode", ExitCode), ("failure", Failure), ("errorTail", ErrorTail.ToArray()));
}
