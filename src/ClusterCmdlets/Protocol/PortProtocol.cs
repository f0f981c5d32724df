namespace Cluster.Protocol;

/// <summary>What a port is of; a number in frames.</summary>
internal enum PortProtocol
{
    /// <summary>TCP over IPv4, IPv6 or both.</summary>
    Tcp = 1,

    /// <summary>A Unix socket: a file.</summary>
    Unix = 2,

    /// <summary>UDP over IPv4, IPv6 or both.</summary>
    Udp = 3,

    /// <summary>A listening socket that the master has got from the program that started it.</summary>
    Inherited = 4,
}
