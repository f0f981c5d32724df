namespace Cluster.Watch;

/// <summary>The size of a terminal in characters.</summary>
/// <param name="Width">Its columns.</param>
/// <param name="Height">Its lines.</param>
internal readonly record struct FrameSize(int Width, int Height);
