using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Cluster.Http.Serving;

/// <summary>A connection and whether requests of it are being answered. Thread-safe.</summary>
/// <param name="context">The connection.</param>
internal sealed class ServedConnection(ConnectionContext context)
{
    private int _active;
    private long _idleSince = Stopwatch.GetTimestamp();

    /// <summary>A request has come.</summary>
    public void Begin() => Interlocked.Increment(ref _active);

    /// <summary>It has been answered.</summary>
    public void End()
    {
        Volatile.Write(ref _idleSince, Stopwatch.GetTimestamp());
        Interlocked.Decrement(ref _active);
    }

    /// <summary>Whether it had no request for some time.</summary>
    /// <param name="since">A time stamp.</param>
    public bool IsIdleSince(long since) => Volatile.Read(ref _active) == 0 && Volatile.Read(ref _idleSince) <= since;

    /// <summary>Whether it speaks HTTP/2, which has a word for the end: requests that are on their way are not lost by it.</summary>
    public bool IsHttp2 => context.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;

    /// <summary>Asks the server to end it after the request at hand, or with HTTP/2 after those that it has announced.</summary>
    /// <remarks>More than once it does nothing.</remarks>
    public void RequestClose() => context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
}
