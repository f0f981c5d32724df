using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>A message whose body has been encoded once, whatever the number of its receivers.</summary>
/// <param name="Header">Its header; the channel sets the sequence.</param>
/// <param name="Body">Its body, valid until the encoder's next message.</param>
internal readonly record struct OutgoingMessage(DataHeader Header, ReadOnlyMemory<byte> Body);
