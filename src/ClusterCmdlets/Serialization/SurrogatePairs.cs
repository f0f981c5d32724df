namespace Cluster.Serialization;

/// <summary>Finds UTF-16 that is not valid Unicode. Safe on any thread.</summary>
internal static class SurrogatePairs
{
    private const char First = '\uD800';
    private const char Last = '\uDFFF';

    /// <summary>Whether every surrogate of a text belongs to a pair.</summary>
    public static bool AreWhole(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var at = text.IndexOfAnyInRange(First, Last);
            if (at < 0)
            {
                return true;
            }

            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return false;
            }

            text = text[(at + 2)..];
        }
    }

    /// <summary>The text with each lone surrogate replaced by U+FFFD.</summary>
    public static string ReplaceLoneSurrogates(string text)
    {
        if (AreWhole(text))
        {
            return text;
        }

        return string.Create(text.Length, text, static (mended, source) =>
        {
            source.CopyTo(mended);
            for (var i = 0; i < mended.Length; i++)
            {
                if (i + 1 < mended.Length && char.IsSurrogatePair(mended[i], mended[i + 1]))
                {
                    i++;
                }
                else if (char.IsSurrogate(mended[i]))
                {
                    mended[i] = '\uFFFD';
                }
            }
        });
    }
}
