using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Messaging;
using Cluster.Transport;

namespace Cluster.UnitTests.Messaging;

/// <summary>A way of handles that leads nowhere, and notes what it was given.</summary>
internal sealed class FakeCarrier : IHandleCarrier
{
    public AttachmentTable Arrived { get; } = new();

    /// <summary>What it says of each handle.</summary>
    public SendResult Result { get; set; } = SendResult.Sent;

    /// <summary>The handles that were sent; their numbers are their places, from 1.</summary>
    public List<Socket> Sent { get; } = [];

    /// <summary>The numbers of those that were withdrawn.</summary>
    public List<long> Withdrawn { get; } = [];

    /// <summary>Called before a handle is sent.</summary>
    public Action? Sending { get; set; }

    public SendResult Send(Socket handle, Deadline deadline, CancellationToken cancellation, out long number)
    {
        Sending?.Invoke();
        Sent.Add(handle);
        number = Sent.Count;
        return Result;
    }

    public void Withdraw(long number) => Withdrawn.Add(number);
}
