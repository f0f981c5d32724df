using System.Net.Sockets;
using Cluster.Transport;

namespace Cluster.Messaging;

/// <summary>A message whose body has been encoded once, whatever the number of its receivers.</summary>
/// <param name="Header">Its header; the channel sets the sequence.</param>
/// <param name="Body">Its body, valid until the encoder's next message.</param>
/// <param name="Handle">A socket of which the receiver gets a copy, or null.</param>
internal readonly record struct OutgoingMessage(DataHeader Header, ReadOnlyMemory<byte> Body, Socket? Handle = null);
