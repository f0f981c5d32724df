using System.Management.Automation;

namespace Cluster.Binding;

/// <summary>
/// A name as users type it: it means what is called exactly so, and what it matches when it is read as wildcards. What
/// is not a valid pattern, such as <c>jobs[</c>, is a name alone.
/// </summary>
internal sealed class NamePattern
{
    private readonly string _text;
    private readonly WildcardPattern? _pattern;

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    public NamePattern(string text)
    {
        _text = text;
        _pattern = Parse(text);
    }

    /// <summary>Whether it may mean several names, or none.</summary>
    public bool HasWildcards => _pattern is not null && WildcardPattern.ContainsWildcardCharacters(_text);

    /// <summary>Reads a text as wildcards.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The pattern; null if the text is not a valid one.</returns>
    public static WildcardPattern? Parse(string text)
    {
        var pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
        try
        {
            // It is compiled at its first use.
            _ = pattern.IsMatch(string.Empty);
            return pattern;
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }

    /// <summary>Whether a name is exactly the text.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it is, in upper or lower case.</returns>
    public bool Is(string name) => string.Equals(_text, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name is meant.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it is the text, or the text matches it.</returns>
    public bool Matches(string name) => Is(name) || (_pattern?.IsMatch(name) ?? false);
}
