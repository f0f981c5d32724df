using System.Globalization;
using System.Management.Automation;

namespace Cluster.Binding;

/// <summary>
/// A time parameter takes seconds, a time span, or the text of one (<c>00:01:30</c>), whichever of the two its type is. Without
/// it PowerShell reads a number for a time span as ticks of 100 ns.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    /// <summary>Whether the parameter is a time span, and not a number.</summary>
    public bool AsTimeSpan { get; set; }

    /// <inheritdoc/>
    public override bool TransformNullOptionalParameters => false;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (given is string text && text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var parsed))
        {
            given = parsed;
        }

        if (!AsTimeSpan)
        {
            return given is TimeSpan span ? span.TotalSeconds : inputData;
        }

        if (given is TimeSpan || !LanguagePrimitives.TryConvertTo<double>(given, CultureInfo.InvariantCulture, out var seconds))
        {
            return given;
        }

        return double.IsFinite(seconds) && Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentTransformationMetadataException(string.Create(CultureInfo.InvariantCulture, $"{seconds} is not a time. Give seconds or a time span."));
    }
}
