using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Cluster.UnitTests.Serialization;

/// <summary>A runspace for the tests' thread, so that scripts can make values and script properties can run.</summary>
public sealed class PipelineFixture : IDisposable
{
    private readonly Runspace _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());

    public PipelineFixture() => _runspace.Open();

    /// <summary>Makes this thread a pipeline thread.</summary>
    public void Enter() => Runspace.DefaultRunspace = _runspace;

    /// <summary>The one result of a script.</summary>
    public object? Run(string script)
    {
        Enter();
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        var results = shell.AddScript(script).Invoke();
        Assert.Empty(shell.Streams.Error);
        return Assert.Single(results);
    }

    public void Dispose() => _runspace.Dispose();
}
