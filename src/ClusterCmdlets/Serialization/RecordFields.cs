using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>The properties of a record as they have arrived, each read as the type that it must have.</summary>
/// <param name="source">The object that holds them.</param>
/// <exception cref="BodyMalformedException">A property is of another type than the one asked for.</exception>
internal sealed class RecordFields(PSObject source)
{
    /// <summary>Whether there is such a property and it is not null.</summary>
    public bool Has(string name) => Value(name) is not null;

    /// <summary>A property of any type; <see langword="null"/> if it is missing.</summary>
    public object? Value(string name) => source.Properties[name]?.Value;

    /// <summary>A text; <see langword="null"/> if it is missing.</summary>
    public string? Text(string name) => Value(name) switch
    {
        null => null,
        string text => text,
        _ => throw Wrong(name),
    };

    /// <summary>A text, number or truth value; <see langword="null"/> if it is missing.</summary>
    public object? Scalar(string name) => Value(name) switch
    {
        var value and (null or string or int or long or double or bool) => value,
        _ => throw Wrong(name),
    };

    /// <summary>A whole number; 0 if it is missing.</summary>
    public int Number(string name) => Value(name) switch
    {
        null => 0,
        int number => number,
        _ => throw Wrong(name),
    };

    /// <summary>A whole number that is not negative; 0 if it is missing.</summary>
    public uint Unsigned(string name) => Value(name) switch
    {
        null => 0,
        int number and >= 0 => (uint)number,
        long number and >= 0 and <= uint.MaxValue => (uint)number,
        _ => throw Wrong(name),
    };

    /// <summary>Yes or no; <see langword="null"/> if it is missing.</summary>
    public bool? Flag(string name) => Value(name) switch
    {
        null => null,
        bool flag => flag,
        _ => throw Wrong(name),
    };

    /// <summary>A point in time; <see langword="null"/> if it is missing.</summary>
    public DateTime? Time(string name) => Value(name) switch
    {
        null => null,
        DateTime time => time,
        _ => throw Wrong(name),
    };

    /// <summary>One of the names of an enum.</summary>
    public TEnum Choice<TEnum>(string name)
        where TEnum : struct, Enum => TryChoose<TEnum>(name) ?? throw Wrong(name);

    /// <summary>One of the names of an enum, of whose values a sender may have others: a colour of -1, where there is no
    /// terminal, or one of a newer version. None of them is worth the record.</summary>
    public TEnum Choice<TEnum>(string name, TEnum otherwise)
        where TEnum : struct, Enum => Has(name) ? TryChoose<TEnum>(name) ?? otherwise : throw Wrong(name);

    /// <summary>One of the names of an enum.</summary>
    /// <returns><see langword="null"/> if it is missing or not one of them.</returns>
    public TEnum? TryChoose<TEnum>(string name)
        where TEnum : struct, Enum =>
        Enum.TryParse<TEnum>(Text(name), out var choice) && Enum.IsDefined(choice) ? choice : null;

    /// <summary>A list of texts; empty if it is missing.</summary>
    public IEnumerable<string> Texts(string name) => Value(name) switch
    {
        null => [],
        object?[] items => items.Select(item => item as string ?? throw Wrong(name)),
        _ => throw Wrong(name),
    };

    private static BodyMalformedException Wrong(string name) => new($"The record's property '{name}' has the wrong type.");
}
