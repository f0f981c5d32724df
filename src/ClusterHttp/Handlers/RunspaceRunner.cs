using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cluster.Worker;

namespace Cluster.Http.Handlers;

/// <summary>
/// Runs several handlers at once, each on a thread that owns a runspace: a handler that waits for something holds up none of the
/// others. They know the worker's modules, what its initialization script does, and the values of their <c>$using:</c> expressions.
/// </summary>
[SuppressMessage("Design", "CA2213", Justification = "Threads that still run a handler look into it when it has been completed.")]
internal sealed class RunspaceRunner : IHandlerRunner, IDisposable
{
    private const int StackBytes = 16 * 1024 * 1024;

    private readonly BlockingCollection<Pending> _calls = [];
    private readonly WorkerSession _session;
    private readonly StreamForwarder _streams;
    private readonly HandlerReport _report;
    private readonly WorkerHost _host = new();
    private readonly HttpServerOptions _options;
    private TaskCompletionSource? _free;
    private int _unfinished;

    /// <summary>Opens the runspaces and starts the threads.</summary>
    /// <param name="session">The worker.</param>
    /// <param name="options">What the server is to do.</param>
    /// <param name="streams">The worker's streams.</param>
    /// <param name="report">Told of errors.</param>
    public RunspaceRunner(WorkerSession session, HttpServerOptions options, StreamForwarder streams, HandlerReport report)
    {
        _session = session;
        _options = options;
        _streams = streams;
        _report = report;
        _host.Connect(_streams, Thread.CurrentThread.CurrentCulture, Thread.CurrentThread.CurrentUICulture);
        for (var number = 1; number <= options.ConcurrentRequests; number++)
        {
            // One after the other, so that the first error is the only one.
            using var opened = new ManualResetEventSlim();
            Exception? error = null;
            var thread = new Thread(() => RunOnThread(opened, exception => error = exception), StackBytes) { IsBackground = true, Name = $"Cluster handler {number}" };
            thread.Start();
            opened.Wait();
            if (error is not null)
            {
                _calls.CompleteAdding();
                throw error;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask WhenFreeAsync()
    {
        while (Volatile.Read(ref _unfinished) >= _options.ConcurrentRequests)
        {
            // First the source, then another look: whoever ends between the two completes it or is seen.
            var free = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _free, free);
            if (Volatile.Read(ref _unfinished) >= _options.ConcurrentRequests)
            {
                await free.Task.ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<HandlerResult> RunAsync(HandlerCall call)
    {
        var pending = new Pending(call);
        Interlocked.Increment(ref _unfinished);
        try
        {
            _calls.Add(pending);
        }
        catch (InvalidOperationException)
        {
            Interlocked.Decrement(ref _unfinished);
            return ValueTask.FromResult(HandlerResult.Unavailable);
        }

        return new ValueTask<HandlerResult>(pending.Task);
    }

    /// <summary>Lets the threads end, each after the handler that it runs.</summary>
    public void Dispose() => _calls.CompleteAdding();

    private void RunOnThread(ManualResetEventSlim opened, Action<Exception> onError)
    {
        Runspace runspace;
        try
        {
            runspace = RunspacePreparation.Open(_session, _host);
        }
#pragma warning disable CA1031 // It is thrown by the thread that waits for this one.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            onError(exception);
            opened.Set();
            return;
        }

        opened.Set();
        using (runspace)
        {
            foreach (var pending in _calls.GetConsumingEnumerable())
            {
                var result = Run(runspace, pending.Call);
                Interlocked.Decrement(ref _unfinished);
                Interlocked.Exchange(ref _free, null)?.SetResult();
                pending.SetResult(result);
            }
        }
    }

    private HandlerResult Run(Runspace runspace, HandlerCall call)
    {
        if (_session.StopToken.IsCancellationRequested || !call.TryBegin())
        {
            return HandlerResult.Unavailable;
        }

        try
        {
            using var shell = PowerShell.Create();
            shell.Runspace = runspace;
            _streams.Attach(shell);
            ShellText.Add(shell, call.Handler.Text, call.Handler.UsingValues, [call.Request], useLocalScope: true);
            return ShellCall.Invoke(shell, call);
        }
        catch (PipelineStoppedException)
        {
            return HandlerResult.Unavailable;
        }
#pragma warning disable CA1031 // Whatever a handler throws is its own failure, and not that of other requests.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return _report.Fail(exception, call);
        }
    }

    private sealed class Pending(HandlerCall call) : TaskCompletionSource<HandlerResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public HandlerCall Call => call;
    }
}
