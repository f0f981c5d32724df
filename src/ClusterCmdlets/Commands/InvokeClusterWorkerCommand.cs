using System.Management.Automation;
using Cluster.Api;
using Cluster.Binding;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>
/// <para>Runs a script block for each object of the pipeline, in worker processes. The object is <c>$_</c>, and the first
/// argument of a block without <c>process</c>.</para>
/// <para>Results are written as they come, while input still goes in. The command uses the session's pool, which
/// <c>Start-ClusterMaster</c> without a script has started; without one it starts a pool for the call, with a worker for each
/// core.</para>
/// <para>A worker that dies takes no other object with it than the one that it was busy with.</para>
/// </summary>
/// <remarks>
/// <para>Objects travel as messages do: the block gets data, not live objects. The target of an error is the object of the
/// input.</para>
/// <para>Ctrl+C, <c>Select-Object -First</c> and <c>-ErrorAction Stop</c> stop what runs; a worker in which something does
/// not stop is replaced. The pool is as good as before.</para>
/// </remarks>
/// <output cref="object">What the block writes to its output.</output>
/// <output cref="ClusterItemResult">
/// With <c>-IncludeInput</c>, one for each object of the input, with <c>Index</c>, <c>Input</c>, <c>WorkerId</c>,
/// <c>Attempt</c>, <c>Status</c>, <c>Duration</c>, <c>Output</c> and <c>Error</c>.
/// </output>
/// <output cref="ClusterJob">With <c>-AsJob</c>, the job.</output>
/// <seealso cref="StartClusterMasterCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "ClusterWorker")]
[OutputType(typeof(object), typeof(ClusterItemResult), typeof(ClusterJob))]
public sealed partial class InvokeClusterWorkerCommand : ClusterCmdlet
{
    /// <summary>
    /// The block to run for each object. <c>$using:</c> values are taken from the caller. Each object has a scope of its own.
    /// In a block with <c>begin</c>, <c>process</c> and <c>end</c>, each runspace runs <c>begin</c> before its first object
    /// and <c>end</c> after its last, and the variables of the block are shared by the objects in between; an error that ends
    /// <c>process</c> makes it begin anew.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>The objects to work on.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    /// <summary>
    /// Arguments that the block gets behind the object, by position. A block with <c>process</c> gets these alone, since its
    /// object is <c>$_</c>.
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

    /// <summary>Runs once in each runspace before its first object. An uncaught error ends the call.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? InitializationScript { get; set; }

    /// <summary>
    /// Writes the results in the order of the input. While the results of 10,000 objects wait for one before them, no more
    /// input is taken.
    /// </summary>
    [Parameter]
    public SwitchParameter Ordered { get; set; }

    /// <summary>
    /// How many objects are sent to a worker together; a batch waits until it is full or the input has ended. With 1, a
    /// worker that dies has begun no object but the one that it was busy with. Default: some milliseconds of work, so that an
    /// object that takes longer goes alone.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int BatchSize { get; set; }

    /// <summary>
    /// Machines on which the objects are worked on, in place of this one, for this call: names or addresses, also as <c>user@host</c>. As <c>-ComputerName</c>
    /// of <c>Start-ClusterMaster</c>: by SSH, with a key; <c>localhost</c> stands for this machine. Where one
    /// cannot be reached that is an error, and the others do its part.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ComputerName { get; set; } = [];

    /// <summary>
    /// How many objects are worked on at once. Above the number of workers, each worker opens more runspaces: for work that
    /// waits, such as asking 500 machines. Default: one by each worker.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int ThrottleLimit { get; set; }

    /// <summary>
    /// How long one object may take, in seconds, from when its work begins. Then it is stopped and an error is written; a
    /// worker in which it does not stop is killed and replaced. Default: no limit.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>
    /// How long the whole call may take, in seconds; then it is stopped and the command ends with an error. Default: no
    /// limit.
    /// </summary>
    [Parameter]
    [Seconds]
    [ValidateRange(0.001, int.MaxValue)]
    public double TotalTimeoutSec { get; set; }

    /// <summary>
    /// How often an object is tried again when its worker has died. The output of an object is then kept until it is done, so
    /// that none is written twice. Default: 0.
    /// </summary>
    [Parameter]
    [ValidateRange(0, 1_000)]
    public int RetryCount { get; set; }

    /// <summary>
    /// Writes one object for each object of the input when it is done, with what became of it. Errors are written too.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeInput { get; set; }

    /// <summary>
    /// What happens when <c>-After</c> objects have failed. Unless it is Never, the command then ends with an error. An
    /// object has failed when it has written an error.
    /// </summary>
    [Parameter]
    public MapHalt Halt { get; set; }

    /// <summary>How many objects must fail for <c>-Halt</c>. Default: 1.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int After { get; set; } = 1;

    /// <summary>
    /// A file that gets a line of JSON for each object that is done: <c>index</c>, <c>hash</c> of the input, <c>worker</c>,
    /// <c>start</c>, <c>milliseconds</c>, <c>attempts</c> and <c>status</c>. An existing log is replaced unless
    /// <c>-Resume</c> or <c>-RetryFailed</c> is given.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNoNulCharacter]
    public string? JobLog { get; set; }

    /// <summary>Leaves out the objects that have succeeded according to the job log, and adds to it.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Runs only objects that have failed according to the job log, and adds to it.</summary>
    [Parameter]
    public SwitchParameter RetryFailed { get; set; }

    /// <summary>Returns a job when all input has been taken; <c>Receive-Job</c> gives the results.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>
    /// The pool or its name; required when several pools are running. Default: the running pool, otherwise one for the call.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    public MasterTarget? Master { get; set; }
}
