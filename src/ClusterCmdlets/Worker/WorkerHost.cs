using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace Cluster.Worker;

/// <summary>The host of a worker's runspace: nobody to ask, and what is shown goes to the master.</summary>
internal sealed class WorkerHost : PSHost, IRecordSink
{
    private readonly WorkerHostUI _ui = new();
    private CultureInfo _culture = CultureInfo.CurrentCulture;
    private CultureInfo _uiCulture = CultureInfo.CurrentUICulture;

    /// <summary>The code that the script gave to <c>exit</c>, or null.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => _culture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => _uiCulture;

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override string Name => "ClusterWorkerHost";

    /// <inheritdoc/>
    public override PSHostUserInterface UI => _ui;

    /// <inheritdoc/>
    public override Version Version => typeof(WorkerHost).Assembly.GetName().Version!;

    /// <summary>There is a master. What was shown before waits for this.</summary>
    /// <param name="streams">Where the output goes.</param>
    /// <param name="culture">The master's culture.</param>
    /// <param name="uiCulture">The master's culture for messages.</param>
    public void Connect(IRecordSink streams, CultureInfo culture, CultureInfo uiCulture)
    {
        _culture = culture;
        _uiCulture = uiCulture;
        _ui.Connect(streams);
    }

    /// <summary>What the runspace writes from now on goes elsewhere.</summary>
    /// <param name="streams">Where to.</param>
    public void Redirect(IRecordSink streams) => _ui.Connect(streams);

    /// <summary>Forgets the code that something gave to <c>exit</c> which does not end the worker by it.</summary>
    /// <returns>The code, or null.</returns>
    public int? TakeExitCode()
    {
        var code = ExitCode;
        ExitCode = null;
        return code;
    }

    /// <inheritdoc/>
    public void WriteRecord(object record) => _ui.WriteRecord(record);

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new PSNotSupportedException("A worker has no prompt.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new PSNotSupportedException("A worker has no prompt.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // A native program's output is drained by the master; there is no terminal to hand over.
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // As above.
    }

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;
}
