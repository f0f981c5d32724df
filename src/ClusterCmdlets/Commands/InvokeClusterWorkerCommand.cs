using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>
/// Runs a script block for each object of the pipeline, in worker processes, one per core. Results are written as they
/// come, while input still goes in. Runs on the session's pool, which <c>Start-ClusterMaster</c> without a script has started; without
/// one it starts a pool for the call. The object is <c>$_</c>, and the first argument of a block without <c>process</c>. A worker that dies takes no other items
/// with it than the one that it was busy with.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "ClusterWorker")]
[OutputType(typeof(object), typeof(ClusterItemResult), typeof(ClusterJob))]
public sealed partial class InvokeClusterWorkerCommand : ClusterCmdlet
{
    /// <summary>
    /// What is run for each object. <c>$using:</c> values are taken from the caller. Each object has a scope of its own. With <c>begin</c>,
    /// <c>process</c> and <c>end</c>, a runspace of a worker runs <c>begin</c> before its first object and <c>end</c> after the last, and the variables
    /// of the block are the same for all of its objects; an error that ends <c>process</c> makes it begin anew.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>The objects.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    /// <summary>
    /// Arguments that the block gets behind the object, by position; a block with <c>process</c>, whose object is <c>$_</c> alone, gets nothing else. They
    /// are sent as messages are.
    /// </summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ArgumentList { get; set; }

    /// <summary>Functions of the session that the block calls.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[] Function { get; set; } = [];

    /// <summary>Modules that the block needs: names, or paths relative to the current directory.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string[] ImportModule { get; set; } = [];

    /// <summary>Runs once in each runspace before its first object. An error that nobody catches ends the call.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>
    /// Writes the results in the order of the input. When the results of 10,000 objects wait for that of one before them, no
    /// more input is taken.
    /// </summary>
    [Parameter]
    public SwitchParameter Ordered { get; set; }

    /// <summary>
    /// How many objects are sent to a worker together. By default some milliseconds of work, so that 1 object goes alone when it takes
    /// longer. 1 means that a worker which dies has begun no object but the one that it was busy with. A batch of a given size waits until it is
    /// full, or the input has ended.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int BatchSize { get; set; }

    /// <summary>
    /// How many objects are worked on at once. Default: one by each worker. With more, each worker has several runspaces: for work that
    /// waits, such as asking 500 machines.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int ThrottleLimit { get; set; }

    /// <summary>
    /// How long one object may take, in seconds, from when its work begins. It is stopped then, and an error is written. A worker in which it
    /// does not stop is killed and replaced. For ever by default.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>How long all of it may take, in seconds; then it is stopped and the command ends with an error. For ever by default.</summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, int.MaxValue)]
    public double TotalTimeoutSec { get; set; }

    /// <summary>
    /// How often an object is tried again whose worker has died. Default 0. The output of an object is then kept until it is done, so that
    /// none is written twice.
    /// </summary>
    [Parameter]
    [ValidateRange(0, 1_000)]
    public int RetryCount { get; set; }

    /// <summary>
    /// Writes one object for each object of the input, when it is done, with <c>Input</c>, <c>Index</c>, <c>WorkerId</c>, <c>Attempt</c>, <c>Status</c>,
    /// <c>Duration</c>, <c>Output</c> and <c>Error</c>. Errors are written too.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeInput { get; set; }

    /// <summary>
    /// What happens when <c>-After</c> objects have failed: <c>Soon</c>, those that are being worked on are finished and no others begun;
    /// <c>Now</c>, they are stopped. The command ends with an error. An object has failed that has written an error. By default all are
    /// worked on.
    /// </summary>
    [Parameter]
    public MapHalt Halt { get; set; }

    /// <summary>How many objects must fail for <c>-Halt</c>. Default 1.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int After { get; set; } = 1;

    /// <summary>
    /// A file that gets a line of JSON for each object that is done: <c>index</c>, <c>hash</c> of the input, <c>worker</c>, <c>start</c>, <c>milliseconds</c>,
    /// <c>attempts</c>, <c>status</c>. A file that exists is written anew, unless <c>-Resume</c> or <c>-RetryFailed</c> is given.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? JobLog { get; set; }

    /// <summary>Leaves out the objects that have succeeded by the job log, and adds to it.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Works only on objects that have failed by the job log, and adds to it.</summary>
    [Parameter]
    public SwitchParameter RetryFailed { get; set; }

    /// <summary>Returns a job when all input has been taken; <c>Receive-Job</c> gives the results.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>The pool or its name; required when several are running.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }
}
