using System.Management.Automation;

namespace Cluster.Serialization;

/// <summary>
/// An error record as it is sent: strings and numbers only, so that it can always be sent. As an ordinary
/// body it arrives as an object with these properties; in a stream <see cref="RemoteErrorFactory"/> creates an
/// <see cref="ErrorRecord"/> from them again.
/// </summary>
/// <remarks>Called on the pipeline thread: converting the target to a string may run script.</remarks>
internal static class ErrorRecordBody
{
    private const string DeserializedPrefix = "Deserialized.";
    private const int MostInnerExceptions = 32;

    /// <summary>The properties of a record in the order in which they are sent. Texts are whole Unicode; the target is
    /// its text, unless it is a text or a number already.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Describe(ErrorRecord record)
    {
        var category = record.CategoryInfo;
        yield return Field(ErrorField.Message, SafeToString.Try(record, static r => r.ToString()));
        yield return Field(ErrorField.Category, category.Category.ToString());
        yield return Field(ErrorField.Id, record.FullyQualifiedErrorId);
        yield return new(ErrorField.Target, TargetOf(record.TargetObject));
        yield return Field(ErrorField.Stack, record.ScriptStackTrace);
        yield return Field(ErrorField.Position, record.InvocationInfo?.PositionMessage);
        yield return Field(ErrorField.Activity, category.Activity);
        yield return Field(ErrorField.Reason, category.Reason);
        yield return Field(ErrorField.TargetName, category.TargetName);
        yield return Field(ErrorField.TargetType, category.TargetType);
        yield return Field(ErrorField.ExceptionType, ExceptionTypeOf(record.Exception));
        var message = SafeToString.Try(record.Exception, static e => e.Message);
        yield return Field(ErrorField.ExceptionMessage, message);
        if (message.Length == 0)
        {
            // What is shown instead of an empty message.
            yield return Field(ErrorField.CategoryMessage, SafeToString.Try(category, static c => c.ToString()));
        }

        var inner = InnerExceptionsOf(record.Exception).Take(MostInnerExceptions).ToArray();
        if (inner.Length > 0)
        {
            yield return new(ErrorField.InnerExceptionTypes, inner.Select(static e => SurrogatePairs.ReplaceLoneSurrogates(e.TypeName)).ToArray());
            yield return new(ErrorField.InnerExceptionMessages, inner.Select(static e => SurrogatePairs.ReplaceLoneSurrogates(e.Message)).ToArray());
        }

        yield return Field(ErrorField.Details, record.ErrorDetails?.Message);
        yield return Field(ErrorField.RecommendedAction, record.ErrorDetails?.RecommendedAction);
        if (record.InvocationInfo is { } invocation)
        {
            yield return Field(ErrorField.ScriptName, invocation.ScriptName);
            yield return Field(ErrorField.Line, invocation.Line);
            yield return new(ErrorField.LineNumber, invocation.ScriptLineNumber);
            yield return new(ErrorField.Offset, invocation.OffsetInLine);
            yield return Field(ErrorField.CommandName, invocation.MyCommand?.Name ?? invocation.InvocationName);
        }
    }

    private static KeyValuePair<string, object?> Field(string name, string? text) =>
        new(name, text is null ? null : SurrogatePairs.ReplaceLoneSurrogates(text));

    private static object? TargetOf(object? target) =>
        (target is PSObject wrapper ? wrapper.BaseObject : target) switch
        {
            null => null,
            string s => SurrogatePairs.ReplaceLoneSurrogates(s),
            int or long or double or bool => target,
            FileSystemInfo f => SurrogatePairs.ReplaceLoneSurrogates(f.FullName),
            _ => SurrogatePairs.ReplaceLoneSurrogates(SafeToString.Of(target)),
        };

    // A record that came from another process already names the type of its first exception.
    private static string? ExceptionTypeOf(Exception exception) =>
        TypeNameOf((exception as RemoteException)?.SerializedRemoteException) ?? exception.GetType().FullName;

    private static string? TypeNameOf(PSObject? serialized)
    {
        var first = serialized?.TypeNames.FirstOrDefault();
        return first is not null && first.StartsWith(DeserializedPrefix, StringComparison.Ordinal)
            ? first[DeserializedPrefix.Length..]
            : null;
    }

    // From the outside in. Those of a record that has come from another process are in the object that it was.
    private static IEnumerable<(string TypeName, string Message)> InnerExceptionsOf(Exception exception)
    {
        for (var inner = exception.InnerException; inner is not null && exception is not RemoteException; inner = inner.InnerException)
        {
            yield return (inner.GetType().FullName ?? inner.GetType().Name, SafeToString.Try(inner, static e => e.Message));
        }

        var remote = (exception as RemoteException)?.SerializedRemoteException;
        while (remote?.Properties["InnerException"]?.Value is PSObject inner)
        {
            yield return (TypeNameOf(inner) ?? "", SafeToString.Of(inner.Properties["Message"]?.Value));
            remote = inner;
        }
    }
}
