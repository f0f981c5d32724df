namespace Cluster.Machines;

/// <summary>What arrived by a <see cref="IMessageBus"/>.</summary>
/// <param name="Subject">The subject that it was sent to.</param>
/// <param name="Payload">The message; the receiver may keep it.</param>
/// <param name="ReplyTo">The subject for an answer; null when none is wanted.</param>
internal readonly record struct BusMessage(string Subject, ReadOnlyMemory<byte> Payload, string? ReplyTo);
