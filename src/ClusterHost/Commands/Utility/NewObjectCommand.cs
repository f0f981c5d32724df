using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Microsoft.PowerShell.Commands;

/// <summary>New-Object: makes an instance of a .NET type.</summary>
[Cmdlet(VerbsCommon.New, "Object")]
public sealed class NewObjectCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string TypeName { get; set; } = "";

    [Parameter(Position = 1)]
    [Alias("Args")]
    public object[] ArgumentList { get; set; } = [];

    [Parameter]
    public IDictionary? Property { get; set; }

    protected override void BeginProcessing()
    {
        if (!LanguagePrimitives.TryConvertTo(TypeName, out Type type))
        {
            var error = new PSArgumentException($"Cannot find type [{TypeName}]: verify that the assembly containing this type is loaded.");
            ThrowTerminatingError(new ErrorRecord(error, "TypeNotFound", ErrorCategory.InvalidType, TypeName));
        }
        object instance = type == typeof(PSObject) && ArgumentList.Length == 0 ? new PSObject() : Create(type);
        PSObject wrapped = PSObject.AsPSObject(instance);
        if (Property is not null)
        {
            SetProperties(wrapped);
        }
        WriteObject(instance);
    }

    private object Create(Type type)
    {
        try
        {
            // In a box, because the engine takes a list that a script returns apart.
            object?[] box = [null];
            InvokeCommand.InvokeScript(
                "param($Type, $List, $Box) $Box[0] = $Type::new.Invoke($List)",
                useNewScope: true,
                PipelineResultTypes.None,
                null,
                type,
                ArgumentList,
                box);
            return box[0]!;
        }
        catch (RuntimeException error)
        {
            ThrowTerminatingError(new ErrorRecord(error, "ConstructorInvokedThrowException", ErrorCategory.InvalidOperation, TypeName));
            throw;
        }
    }

    private void SetProperties(PSObject target)
    {
        foreach (DictionaryEntry entry in Property!)
        {
            string name = entry.Key.ToString() ?? "";
            if (target.Properties[name] is { } property)
            {
                property.Value = entry.Value;
            }
            else if (target.BaseObject is PSCustomObject)
            {
                target.Properties.Add(new PSNoteProperty(name, entry.Value));
            }
            else
            {
                var error = new InvalidOperationException($"The member \"{name}\" was not found for the specified .NET object.");
                WriteError(new ErrorRecord(error, "InvalidOperationException", ErrorCategory.InvalidOperation, entry.Key));
            }
        }
    }
}
