using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Cluster.Contracts;
using Cluster.Hosting;

namespace Cluster.Machines.Server;

/// <summary>
/// A message server beside the master, which ends with it however that ends. When it ends before, it is started again, on the same port
/// and with the same credentials. Thread-safe.
/// </summary>
internal sealed partial class NatsServer : IAsyncDisposable
{
    private const string Program = "nats-server";

    private static readonly TimeSpan StartWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstRestartWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxRestartWait = TimeSpan.FromSeconds(1);

    private readonly string _program;
    private readonly NatsServerOptions _options;
    private readonly Action<string> _onEnded;
    private readonly ServerCertificate? _certificate;
    private readonly CancellationTokenSource _end = new();
    private ServerRun? _run;
    private Task _keeping = Task.CompletedTask;

    private NatsServer(string program, NatsServerOptions options, Action<string> onEnded)
    {
        _program = program;
        _options = options;
        _onEnded = onEnded;
        _certificate = options.UseTls ? ServerCertificate.Create() : null;
    }

    /// <summary>The user of the leader, who may use all subjects of the cluster.</summary>
    public NatsServerUser Leader { get; } = NatsServerUser.Create("leader");

    /// <summary>The user of the machines: they may publish <c>cl.NAME.up.></c>, and subscribe to <c>cl.NAME.down.></c>.</summary>
    public NatsServerUser Machine { get; } = NatsServerUser.Create("machine");

    /// <summary>The port that it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>The SHA-256 of its certificate, in hexadecimal; null without TLS.</summary>
    public string? CertificatePin => _certificate?.Pin;

    /// <summary>Its address for the leader, which is on this machine.</summary>
    public Uri LocalAddress => AddressOf(
        _options.Address.Equals(IPAddress.Any) ? "127.0.0.1"
        : _options.Address.Equals(IPAddress.IPv6Any) ? "[::1]"
        : _options.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{_options.Address}]"
        : _options.Address.ToString());

    /// <summary>The id of the process that holds the server: its guard on Unix, the server on Windows.</summary>
    public int ProcessId => _run!.ProcessId;

    /// <summary>Starts a server.</summary>
    /// <param name="options">What is wanted.</param>
    /// <param name="onEnded">Called with the end of its log when it has ended and should not have, before it is started again.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <returns>A server that accepts connections.</returns>
    /// <exception cref="ClusterException">The program is missing, or it did not start.</exception>
    /// <exception cref="ArgumentException">The cluster's name has other characters than it may.</exception>
    public static async Task<NatsServer> StartAsync(NatsServerOptions options, Action<string> onEnded, CancellationToken cancellation)
    {
        if (!ClusterName().IsMatch(options.ClusterName))
        {
            throw new ArgumentException("The name of a cluster has letters, digits, - and _ only.", nameof(options));
        }

        var program = ProgramPath.Find(Program) ?? throw new ClusterException(
            ClusterErrorId.ServerStartFailed,
            ErrorCategory.NotInstalled,
            "The program nats-server was not found. Install it (Debian and Ubuntu: apt install nats-server; Windows: scoop install nats-server; "
            + "macOS: brew install nats-server) so that it is on PATH, or give the address of a server that runs elsewhere.",
            Program);
        var server = new NatsServer(program, options, onEnded);
        try
        {
            await server.RunAsync(options.Port, cancellation).ConfigureAwait(false);
            server._keeping = server.KeepAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Its address for others.</summary>
    /// <param name="host">The name or address by which they reach this machine.</param>
    /// <returns>The address with its port.</returns>
    public Uri AddressOf(string host) => new(string.Create(CultureInfo.InvariantCulture, $"{(_options.UseTls ? "tls" : "nats")}://{host}:{Port}"));

    /// <summary>Ends it.</summary>
    /// <returns>Completes when its process has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        await _end.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        if (_run is not null)
        {
            await _run.DisposeAsync().ConfigureAwait(false);
        }

        _end.Dispose();
    }

    private async Task RunAsync(int port, CancellationToken cancellation)
    {
        ServerRun? run = null;
        var isReady = false;
        try
        {
            using var files = ServerFiles.Write(_options, port, _certificate, Leader, Machine);
            run = ServerRun.Start(_program, files);
            var listens = await run.WaitReadyAsync(StartWait, cancellation).ConfigureAwait(false);
            if (listens == 0)
            {
                throw Failed(port, string.Join(Environment.NewLine, run.Tail), inner: null);
            }

            Port = listens;
            _run = run;
            isReady = true;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw Failed(port, exception.Message, exception);
        }
        finally
        {
            if (!isReady && run is not null)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Starts it again whenever it ends.</summary>
    private async Task KeepAsync()
    {
        try
        {
            while (true)
            {
                await _run!.Exited.WaitAsync(_end.Token).ConfigureAwait(false);
                await _run.DisposeAsync().ConfigureAwait(false);
                _onEnded(string.Join(Environment.NewLine, _run.Tail));
                for (var wait = FirstRestartWait; ; wait = wait * 2 < MaxRestartWait ? wait * 2 : MaxRestartWait)
                {
                    await Task.Delay(wait, _end.Token).ConfigureAwait(false);
                    try
                    {
                        await RunAsync(Port, _end.Token).ConfigureAwait(false);
                        break;
                    }
                    catch (ClusterException)
                    {
                        // Its port may be taken for a while. What it said the first time has been told.
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private ClusterException Failed(int port, string reason, Exception? inner) =>
        new(
            ClusterErrorId.ServerStartFailed,
            ErrorCategory.ResourceUnavailable,
            string.Create(CultureInfo.InvariantCulture, $"The message server does not start on {_options.Address}, port {port}. The end of its log:{Environment.NewLine}{reason}"),
            _options.Address,
            inner);

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ClusterName();
}
