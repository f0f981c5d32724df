namespace Cluster.UnitTests.Transport;

/// <summary>A test of what only Unix pipes can do; skipped on Windows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    /// <summary>Says why, where it is skipped.</summary>
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "Windows pipes cannot be waited for without reading.";
        }
    }
}
