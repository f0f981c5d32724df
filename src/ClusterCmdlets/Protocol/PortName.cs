using System.Globalization;
using System.Net;

namespace Cluster.Protocol;

/// <summary>Ports as users write them.</summary>
internal static class PortName
{
    /// <summary>The name of a port.</summary>
    /// <param name="request">The port.</param>
    /// <returns><c>127.0.0.1:80</c>, <c>[::]:80</c>, <c>udp://127.0.0.1:53</c>, or a path.</returns>
    public static string Of(ListenRequest request) => request.Protocol switch
    {
        PortProtocol.Unix => request.Address,
        PortProtocol.Inherited => string.Create(CultureInfo.InvariantCulture, $"descriptor {request.Port}"),
        PortProtocol.Udp => "udp://" + Internet(request),
        _ => Internet(request),
    };

    private static string Internet(ListenRequest request) =>
        IPAddress.TryParse(request.Address, out var address)
            ? new IPEndPoint(address, request.Port).ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{request.Address}:{request.Port}");
}
