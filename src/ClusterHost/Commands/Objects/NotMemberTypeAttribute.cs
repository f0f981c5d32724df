using System.Management.Automation;
using System.Reflection;

namespace ClusterHost.Commands.Objects;

/// <summary>
/// Keeps the name of a member type, as in <c>Add-Member ScriptMethod name { }</c>, from being taken for a property's
/// name, so that the binder goes on to the next parameter of the same position.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotMemberTypeAttribute : ValidateArgumentsAttribute
{
    // The engine's binder hides an exception made in this way, which only it can make otherwise.
    private static readonly ConstructorInfo Hidden =
        typeof(ValidationMetadataException).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(string), typeof(bool)])
        ?? throw new MissingMethodException(nameof(ValidationMetadataException), ".ctor");

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is string name && Enum.TryParse(name, ignoreCase: true, out PSMemberTypes type) && type.ToString().Equals(name, StringComparison.OrdinalIgnoreCase))
        {
            throw (Exception)Hidden.Invoke([$"'{name}' is the name of a member type; add a property of that name with -MemberType NoteProperty.", true]);
        }
    }
}
