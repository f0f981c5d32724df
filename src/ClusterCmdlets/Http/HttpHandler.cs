using System.Collections;
using System.Management.Automation;

namespace Cluster.Http;

/// <summary>A script block that answers requests.</summary>
/// <param name="Pattern">The route, such as <c>GET /items/{id}</c>; null if it takes all.</param>
/// <param name="Block">The block, for the pipeline thread that it was made on.</param>
/// <param name="Text">Its text, for other threads.</param>
/// <param name="UsingValues">The values of its <c>$using:</c> expressions, for other threads.</param>
internal sealed record HttpHandler(string? Pattern, ScriptBlock Block, string Text, Hashtable UsingValues);
