using System.Management.Automation;
using System.Reflection;

namespace ClusterHost.Hosting;

/// <summary>Says where an error came from, which the engine lets only its own commands do.</summary>
internal static class ErrorCaller
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly MethodInfo SetInvocationInfo =
        typeof(ErrorRecord).GetMethod("SetInvocationInfo", Hidden, [typeof(InvocationInfo)])
        ?? throw new MissingMethodException(nameof(ErrorRecord), "SetInvocationInfo");

    private static readonly PropertyInfo PreserveOnce =
        typeof(ErrorRecord).GetProperty("PreserveInvocationInfoOnce", Hidden)
        ?? throw new MissingMemberException(nameof(ErrorRecord), "PreserveInvocationInfoOnce");

    /// <summary>Keeps where an error came from when it is written once more.</summary>
    public static void Keep(ErrorRecord record) => PreserveOnce.SetValue(record, true);

    /// <summary>Sets where an error came from; the engine has this for its own commands only.</summary>
    public static void Set(ErrorRecord record, InvocationInfo? caller)
    {
        if (caller is not null)
        {
            SetInvocationInfo.Invoke(record, [caller]);
            Keep(record);
            record.CategoryInfo.Activity = "Write-Error";
        }
    }
}
