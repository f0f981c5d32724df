using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace Cluster.Binding;

/// <summary>
/// Takes <c>2..4</c> for 2, 3 and 4, and <c>slot:0..1</c> for both slots: an argument is a text, so PowerShell makes a
/// range of it in parentheses only.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class NumberRangeAttribute : ArgumentTransformationAttribute
{
    /// <summary>As many as a master may have workers; a slip of a finger is not to fill the memory.</summary>
    private const int MaxNumbers = 1024;

    /// <inheritdoc/>
    public override bool TransformNullOptionalParameters => false;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return given switch
        {
            string text when Range().Match(text) is { Success: true } match => Expand(match).ToArray(),
            IList list when list.Cast<object?>().Any(IsRange) => list.Cast<object?>().SelectMany(item => IsRange(item) ? Expand(Range().Match(item!.ToString()!)) : [item]).ToArray(),
            _ => inputData,
        };
    }

    private static bool IsRange(object? item) => (item is PSObject wrapped ? wrapped.BaseObject : item) is string text && Range().IsMatch(text);

    private static IEnumerable<object?> Expand(Match match)
    {
        var prefix = match.Groups["prefix"].Value;
        var first = int.Parse(match.Groups["first"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var last = int.Parse(match.Groups["last"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        if (last < first || last - first >= MaxNumbers)
        {
            throw new ArgumentTransformationMetadataException($"'{match.Value}' is not a range. Write the smaller number first, and at most {MaxNumbers} numbers.");
        }

        return Enumerable.Range(first, last - first + 1).Select(number => (object?)(prefix + number.ToString(CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"^(?<prefix>slot:)?(?<first>\d{1,9})\.\.(?<last>\d{1,9})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Range();
}
