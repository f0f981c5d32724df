using Microsoft.AspNetCore.Http;

namespace Cluster.Http.Serving;

/// <summary>What a server has for each connection, and uses for one of its requests after the other.</summary>
/// <param name="http">ASP.NET Core's view of the request.</param>
/// <param name="connection">The connection.</param>
internal sealed class RequestContext(DefaultHttpContext http, ServedConnection? connection)
{
    /// <summary>ASP.NET Core's view of the request.</summary>
    public DefaultHttpContext Http => http;

    /// <summary>The connection.</summary>
    public ServedConnection? Connection => connection;

    /// <summary>When the request began, as a time stamp; 0 if nobody asks.</summary>
    public long Begun { get; set; }
}
