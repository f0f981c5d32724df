using Cluster.Hosting;

namespace Cluster.UnitTests.Machines;

/// <summary>A test that needs a real message server.</summary>
public sealed class NatsFactAttribute : FactAttribute
{
    public NatsFactAttribute()
    {
        if (ProgramPath.Find("nats-server") is null)
        {
            Skip = "nats-server is not installed.";
        }
    }
}
