using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>A text for the operating system, which would read it only as far as its first NUL character.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateNoNulCharacterAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        if (element is string text && text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ValidationMetadataException($"'{text.Replace("\0", "`0", StringComparison.Ordinal)}' contains a NUL character.");
        }
    }
}
