namespace Cluster.Transport;

/// <summary>A connected stream by which the other end has shown who it is, ready for a <see cref="Channel"/>.</summary>
/// <param name="Stream">The stream; it belongs to who has this.</param>
/// <param name="Readiness">Tells of it without touching its data.</param>
/// <param name="Reader">The reader that took the first frame off it.</param>
/// <param name="Version">The version of the protocol that both ends speak.</param>
internal sealed record WorkerLink(Stream Stream, IPipeReadiness Readiness, FrameReader Reader, ushort Version);
