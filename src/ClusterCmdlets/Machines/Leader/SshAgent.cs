using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Machines.Link;
using Cluster.Machines.Ssh;

namespace Cluster.Machines.Leader;

/// <summary>
/// The agent of a machine that is reached by SSH. One that has joined and then ends, as when the connection breaks, is started again until the machine is
/// back: after a second, and then after twice as long each time. One that ends before it has ever joined has failed. Thread-safe.
/// </summary>
internal sealed class SshAgent : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(1);

    private readonly SshMachineOptions _options;
    private readonly Func<SshAgent, SshMachine> _start;
    private readonly Func<SshAgent, Machine?> _find;
    private readonly Action<ClusterException> _onFailed;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private SshMachine _ssh;

    /// <summary>Starts the agent for the first time.</summary>
    /// <param name="options">How its machine is reached.</param>
    /// <param name="start">Starts it.</param>
    /// <param name="find">Finds its machine among those that have joined, lost or not.</param>
    /// <param name="onFailed">Told why when it has failed.</param>
    /// <exception cref="ClusterException">SSH is missing or cannot be started, or an option cannot be used.</exception>
    public SshAgent(SshMachineOptions options, Func<SshAgent, SshMachine> start, Func<SshAgent, Machine?> find, Action<ClusterException> onFailed)
    {
        _options = options;
        _start = start;
        _find = find;
        _onFailed = onFailed;
        _ssh = start(this);
        _running = RunAsync();
    }

    /// <summary>What it joins as: <see cref="JoinRequest.Machine"/>.</summary>
    public string Machine { get; } = JoinRequest.NewToken();

    /// <summary>Completes when it has failed.</summary>
    public Task Failed => _failed.Task;

    /// <summary>Why it has failed; null when it has not.</summary>
    public ClusterException? Failure { get; private set; }

    /// <summary>It is not started again from now on.</summary>
    public void BeginEnd() => _end.Cancel();

    /// <summary>Ends it.</summary>
    /// <returns>Completes when SSH has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        BeginEnd();
        await _running.ConfigureAwait(false);
        await _ssh.DisposeAsync().ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        Machine? known = null;
        var delay = FirstDelay;
        try
        {
            while (true)
            {
                await _ssh.Exited.WaitAsync(_end.Token).ConfigureAwait(false);
                if (_find(this) is not { } machine)
                {
                    Fail();
                    return;
                }

                // One that was back meanwhile begins with the short wait again.
                delay = machine != known ? FirstDelay : delay < MaxDelay / 2 ? delay * 2 : MaxDelay;
                known = machine;
                await Task.Delay(delay, _end.Token).ConfigureAwait(false);
                await RestartAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The master ends.
        }
    }

    private async Task RestartAsync()
    {
        await _ssh.DisposeAsync().ConfigureAwait(false);
        try
        {
            _ssh = _start(this);
        }
        catch (ClusterException exception)
        {
            // The next attempt may find SSH again.
            _onFailed(exception);
        }
    }

    private void Fail()
    {
        var failure = new ClusterException(
            ClusterErrorId.MachineStartFailed,
            ErrorCategory.ConnectionError,
            $"No agent could be started on {_options.HostName}; ssh has ended. It says: {string.Join(Environment.NewLine, _ssh.ErrorTail)}",
            _options.HostName);
        Failure = failure;
        _failed.TrySetResult();
        _onFailed(failure);
    }
}
