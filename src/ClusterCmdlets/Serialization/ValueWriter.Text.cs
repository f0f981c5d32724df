namespace Cluster.Serialization;

/// <content>Strings.</content>
internal sealed partial class ValueWriter
{
    // Longer strings are few.
    private const int LongestPlain = 128;

    private readonly byte[] _plain = new byte[LongestPlain + 2];

    private void WriteTaggedText(string tag, string text)
    {
        ScalarWriter.Begin(_json, tag);
        WriteText(text);
        _json.WriteEndObject();
    }

    private void WriteText(string text)
    {
        GuardSize(text.Length);
        if (TryWritePlain(text))
        {
            return;
        }

        if (!SurrogatePairs.AreWhole(text))
        {
            throw _trail.Refuse(BodyRefusal.LoneSurrogate, "is a string with a lone surrogate, which is not a character");
        }

        _json.WriteStringValue(text);
    }

    // Most strings are short and need no escaping. The general way is made for long ones: it consists of code that is not
    // compiled ahead of time, and is slow until the runtime has optimized it.
    private bool TryWritePlain(string text)
    {
        if (text.Length > LongestPlain)
        {
            return false;
        }

        var plain = _plain.AsSpan(0, text.Length + 2);
        for (var i = 0; i < text.Length; i++)
        {
            var unit = text[i];
            if (unit is < ' ' or > '~' or '"' or '\\')
            {
                return false;
            }

            plain[i + 1] = (byte)unit;
        }

        plain[0] = plain[^1] = (byte)'"';
        _json.WriteRawValue(plain, skipInputValidation: true);
        return true;
    }
}
