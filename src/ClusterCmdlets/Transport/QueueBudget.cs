namespace Cluster.Transport;

/// <summary>
/// What the items of a queue may hold altogether. When they hold more, the oldest are exchanged for lighter ones: an item in
/// the queue may be known elsewhere too, and is not changed.
/// </summary>
/// <typeparam name="T">The item.</typeparam>
/// <param name="Bytes">The most that they may hold.</param>
/// <param name="BytesOf">What an item holds.</param>
/// <param name="Lighten">Gives the same item with at least so many bytes less, or with none if it holds fewer.</param>
internal sealed record QueueBudget<T>(long Bytes, Func<T, long> BytesOf, Func<T, long, T> Lighten);
