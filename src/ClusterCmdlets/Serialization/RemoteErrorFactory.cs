using System.Collections;
using System.Management.Automation;
using System.Runtime.Serialization;

namespace Cluster.Serialization;

/// <summary>
/// Creates error records that look as they did in another process: same text, category, id, target, stack and position.
/// </summary>
/// <remarks>
/// A public constructor would add the receiving command to the id and show the receiving line. The engine has a way to
/// rebuild a record in full, the one that remoting uses; its only public access is the constructor for deserialisation,
/// which takes the record as an object in PowerShell's own XML. Nothing but texts and numbers is put into that object.
/// </remarks>
internal static class RemoteErrorFactory
{
    /// <summary>Creates a record.</summary>
    /// <param name="fields">The properties that <see cref="ErrorRecordBody.Describe"/> gave, as they have arrived.</param>
    /// <exception cref="BodyMalformedException">One of them is not of its type.</exception>
    public static ErrorRecord Create(RecordFields fields)
    {
        var source = new PSObject();
        void Note(string name, object? value) =>
            source.Properties.Add(new PSNoteProperty(name, value is string text ? ForXml(text) : value));

        var message = fields.Text(ErrorField.ExceptionMessage) ?? "";
        var category = fields.Choice(ErrorField.Category, ErrorCategory.NotSpecified);
        var exception = new PSObject();
        exception.Properties.Add(new PSNoteProperty("Message", ForXml(message)));
        Note("Exception", exception);
        Note("TargetObject", fields.Scalar(ErrorField.Target));
        Note("FullyQualifiedErrorId", fields.Text(ErrorField.Id) ?? "");
        Note("ErrorCategory_Category", (int)category);
        Note("ErrorCategory_Activity", fields.Text(ErrorField.Activity) ?? "");
        Note("ErrorCategory_Reason", fields.Text(ErrorField.Reason) ?? "");
        Note("ErrorCategory_TargetName", fields.Text(ErrorField.TargetName) ?? "");
        Note("ErrorCategory_TargetType", fields.Text(ErrorField.TargetType) ?? "");
        Note("ErrorCategory_Message", fields.Text(ErrorField.CategoryMessage));
        Note("ErrorDetails_Message", fields.Text(ErrorField.Details));
        Note("ErrorDetails_RecommendedAction", fields.Text(ErrorField.RecommendedAction));
        Note("ErrorDetails_ScriptStackTrace", fields.Text(ErrorField.Stack));
        NoteInvocation(fields, Note);

        // The copy has the engine's own class and is complete.
        var record = new ErrorRecord(new RebuiltErrorRecord(source), null);

        // Only now, because the engine turns the names of some types in its XML into objects of those types.
        if (fields.Text(ErrorField.ExceptionType) is { } typeName && record.Exception is RemoteException remote)
        {
            remote.SerializedRemoteException.TypeNames.Insert(0, "Deserialized." + typeName);
            AddInnerExceptions(remote, fields);
        }

        return record;
    }

    // As remoting has them, below the object that the exception was, and as exceptions too.
    private static void AddInnerExceptions(RemoteException exception, RecordFields fields)
    {
        PSObject? described = null;
        RemoteException? made = null;
        foreach (var (message, typeName) in fields.Texts(ErrorField.InnerExceptionMessages)
            .Zip(fields.Texts(ErrorField.InnerExceptionTypes)).Reverse())
        {
            var outer = new PSObject();
            outer.TypeNames.Insert(0, "Deserialized." + typeName);
            outer.Properties.Add(new PSNoteProperty("Message", message));
            outer.Properties.Add(new PSNoteProperty("InnerException", described));
            EngineTypes.KeepText(outer, $"{typeName}: {message}");
            described = outer;
            made = new RemoteException(message, made);
        }

        if (described is not null)
        {
            exception.SerializedRemoteException.Properties.Add(new PSNoteProperty("InnerException", described));
            EngineTypes.SetInnerException(exception, made!);
        }
    }

    // The engine's XML escapes all characters that XML does not have, but for these two.
    private static string ForXml(string text) => text.Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');

    private static void NoteInvocation(RecordFields fields, Action<string, object?> note)
    {
        var hasInvocation = fields.Has(ErrorField.LineNumber);
        note("SerializeExtendedInfo", hasInvocation);
        if (!hasInvocation)
        {
            return;
        }

        note("PipelineIterationInfo", new ArrayList());
        note("InvocationInfo_BoundParameters", new Hashtable());
        // The engine casts this one to an object, and only an enumeration is read as one.
        note("InvocationInfo_CommandOrigin", CommandOrigin.Internal);
        note("InvocationInfo_ExpectingInput", false);
        note("InvocationInfo_InvocationName", fields.Text(ErrorField.CommandName) ?? "");
        note("InvocationInfo_HistoryId", -1L);
        note("InvocationInfo_PipelineLength", 0);
        note("InvocationInfo_PipelinePosition", 0);
        note("InvocationInfo_PipelineIterationInfo", new ArrayList());
        note("InvocationInfo_ScriptName", fields.Text(ErrorField.ScriptName));
        note("InvocationInfo_ScriptLineNumber", fields.Number(ErrorField.LineNumber));
        note("InvocationInfo_OffsetInLine", fields.Number(ErrorField.Offset));
        note("InvocationInfo_Line", fields.Text(ErrorField.Line));
        note("InvocationInfo_UnboundArguments", new ArrayList());
        note("SerializeExtent", false);
    }

    // SYSLIB0050 deprecates formatter-based serialisation. No formatter takes part here: the two objects only carry the
    // XML text from PSObject to ErrorRecord, which still use them for that.
#pragma warning disable SYSLIB0050
    private sealed class RebuiltErrorRecord(PSObject source)
        : ErrorRecord(Carry(source), new StreamingContext(StreamingContextStates.All))
    {
        private static SerializationInfo Carry(PSObject source)
        {
            var info = new SerializationInfo(typeof(ErrorRecord), new FormatterConverter());
            source.GetObjectData(info, new StreamingContext(StreamingContextStates.All));
            return info;
        }
    }
#pragma warning restore SYSLIB0050
}
