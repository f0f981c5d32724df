using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cluster.Contracts;

/// <summary>
/// Lets commands that take processes from the pipeline take workers: <c>Get-ClusterWorker | Wait-Process</c>. PowerShell finds
/// it by an attribute.
/// </summary>
/// <remarks>
/// Such commands also have an <c>-Id</c> that binds by the name of a property, and a worker's <c>Id</c> is no process id.
/// The engine tries a property that fits as it is, then the object converted, then the property converted. So an id is a
/// <see cref="long"/>, which does not fit an <see cref="int"/> as it is, and the object comes first. What has no process is
/// converted to null, which these commands refuse; an exception would make the engine go on to the property. The same is done
/// for the other things of PowerShell that commands choose by an id, since a worker is none of them.
/// </remarks>
public sealed class OwnProcessConverter : PSTypeConverter
{
    private static readonly Type[] OthersWithIds = [typeof(Job), typeof(PSSession), typeof(Breakpoint), typeof(Runspace)];

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) =>
        destinationType == typeof(Process) || Array.Exists(OthersWithIds, other => other == destinationType);

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        destinationType == typeof(Process) && sourceValue is IOwnProcess worker ? worker.FindProcess()! : null!;
}
