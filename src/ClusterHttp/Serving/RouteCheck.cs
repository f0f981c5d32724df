using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Cluster.Http.Serving;

/// <summary>Finds what ASP.NET Core says of routes only when the first request comes: constraints that do not exist, and routes that are the same.</summary>
/// <param name="policies">Makes the constraints.</param>
internal sealed class RouteCheck(ParameterPolicyFactory policies)
{
    private readonly Dictionary<string, string> _routes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks at a route.</summary>
    /// <param name="name">What it is called in errors.</param>
    /// <param name="pattern">Its path.</param>
    /// <param name="methods">Its methods; null for all that no other route takes.</param>
    /// <returns>Another route that takes the same requests; null if there is none.</returns>
    /// <exception cref="InvalidOperationException">One of its constraints does not exist.</exception>
    public string? Add(string name, RoutePattern pattern, IReadOnlyList<string>? methods)
    {
        foreach (var parameter in pattern.Parameters)
        {
            foreach (var reference in parameter.ParameterPolicies)
            {
                policies.Create(parameter, reference);
            }
        }

        var shape = string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(ShapeOf))));
        foreach (var method in methods ?? [""])
        {
            if (!_routes.TryAdd($"{method} {shape}", name))
            {
                return _routes[$"{method} {shape}"];
            }
        }

        return null;
    }

    /// <summary>Two parameters that differ in their names alone are the same.</summary>
    private static string ShapeOf(RoutePatternPart part) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => $"{{{parameter.ParameterKind}:{string.Join(':', parameter.ParameterPolicies.Select(policy => policy.Content))}}}",
        _ => "",
    };
}
