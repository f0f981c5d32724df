using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Protocol;

/// <summary>What a worker asks its master to listen on.</summary>
/// <param name="Protocol">What kind of port.</param>
/// <param name="Address">An IP address, or the full path of a Unix socket; empty for an inherited socket.</param>
/// <param name="Port">The port; 0 lets the system choose, and for a Unix socket; the descriptor of an inherited socket.</param>
internal sealed record ListenRequest(PortProtocol Protocol, string Address, int Port)
{
    /// <summary>The largest payload.</summary>
    public const int MaxSize = 8192;

    /// <summary>Names the request to the worker.</summary>
    public int Number { get; init; }

    /// <summary>How many listeners of the same address the worker has opened before this one.</summary>
    public int Index { get; init; }

    /// <summary>Whether an IPv6 address takes no IPv4 connections.</summary>
    public bool IPv6Only { get; init; }

    /// <summary>How many connections may wait in the system.</summary>
    public int Backlog { get; init; }

    /// <summary>Which worker gets a connection.</summary>
    public ConnectionScheduling Scheduling { get; init; }

    /// <summary>Whether the worker has bound the port itself and does not share it; the port is then the real one.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Whether other programs of the same user may bind the port too, if they say so; for exclusive ones.</summary>
    public bool ReusePort { get; init; }

    /// <summary>Whether a connection that no worker can take is closed at once instead of waiting.</summary>
    public bool DropsWhenFull { get; init; }

    /// <summary>How many connections the worker may have open at once.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>The permissions of a Unix socket's file; -1 for what the process's umask leaves.</summary>
    public int SocketMode { get; init; } = -1;

    /// <summary>Reads the payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The request.</returns>
    /// <exception cref="ProtocolException">It is malformed.</exception>
    public static ListenRequest Read(ReadOnlySpan<byte> payload)
    {
        var body = ControlBody.Read(payload);
        var request = new ListenRequest((PortProtocol)body.Get<int>("protocol"), body.Get<string>("address"), body.Get<int>("port"))
        {
            Number = body.Get<int>("number"),
            Index = body.Get<int>("index"),
            IPv6Only = body.Get<bool>("ipv6Only"),
            Backlog = body.Get<int>("backlog"),
            Scheduling = (ConnectionScheduling)body.Get<int>("scheduling"),
            Exclusive = body.Get<bool>("exclusive"),
            ReusePort = body.Get<bool>("reusePort"),
            DropsWhenFull = body.Get<bool>("dropsWhenFull"),
            MaxConnections = body.Get<int>("maxConnections"),
            SocketMode = body.Get<int>("socketMode"),
        };
        return Enum.IsDefined(request.Protocol) && Enum.IsDefined(request.Scheduling) && request.Port is >= 0 and <= ushort.MaxValue && request is { Backlog: > 0, MaxConnections: >= 0 }
            && (request.Protocol is PortProtocol.Unix or PortProtocol.Inherited || System.Net.IPAddress.TryParse(request.Address, out _))
            ? request
            : throw new ProtocolException("A request to listen has a value out of range.");
    }

    /// <summary>Writes the payload.</summary>
    /// <returns>The payload.</returns>
    public byte[] Write() => ControlBody.Write(
        ("number", Number),
        ("protocol", (int)Protocol),
        ("address", Address),
        ("port", Port),
        ("index", Index),
        ("ipv6Only", IPv6Only),
        ("backlog", Backlog),
        ("scheduling", (int)Scheduling),
        ("exclusive", Exclusive),
        ("reusePort", ReusePort),
        ("dropsWhenFull", DropsWhenFull),
        ("maxConnections", MaxConnections),
        ("socketMode", SocketMode));
}
