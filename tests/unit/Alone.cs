namespace Cluster.UnitTests;

/// <summary>Tests that look at the memory of the whole process: no others run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
