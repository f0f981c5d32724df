using System.Globalization;
using System.Management.Automation;

namespace Cluster.Commands;

/// <summary>A time that is either zero, which turns something off, or within a range.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateSecondsAttribute : ValidateArgumentsAttribute
{
    private readonly double _least;
    private readonly double _most;

    /// <summary>Sets the range.</summary>
    /// <param name="least">The shortest time that is not zero, in seconds.</param>
    /// <param name="most">The longest, in seconds.</param>
    public ValidateSecondsAttribute(double least, double most)
    {
        _least = least;
        _most = most;
    }

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        var seconds = arguments switch
        {
            TimeSpan span => span.TotalSeconds,
            double number => number,
            _ => double.NaN,
        };
        if (seconds == 0 || (seconds >= _least && seconds <= _most))
        {
            return;
        }

        throw new ValidationMetadataException(string.Create(
            CultureInfo.InvariantCulture, $"{arguments} is out of range. Give 0, or a time from {_least} to {_most} s."));
    }
}
