using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Cluster.Contracts;
using Cluster.Hosting;
using Cluster.Machines;
using Cluster.Net;
using static Cluster.UnitTests.Machines.BusHarness;

namespace Cluster.UnitTests.Machines;

/// <summary>A server of somebody else: an authority vouches for it, and it wants certificates of its clients.</summary>
public sealed class BusTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cluster-trust-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NatsFact]
    public async Task Certificates_of_both_sides_are_looked_at()
    {
        using var authority = Make("authority", issuer: null);
        using var server = Make("server", authority);
        using var client = Make("client", authority);
        using var stranger = Make("stranger", issuer: null);
        var configuration = PathOf("conf");
        await File.WriteAllTextAsync(configuration, $$"""
            host: "127.0.0.1"
            port: -1
            tls { cert_file: "{{PathOf("server")}}", key_file: "{{PathOf("server")}}", ca_file: "{{PathOf("authority")}}", verify: true }
            """);
        var lines = new ConcurrentQueue<string>();
        await using var process = HeldProcess.Start(ProgramPath.Find("nats-server")!, ["-c", configuration], new Dictionary<string, string>(), lines.Enqueue);
        await UntilAsync(() => lines.Any(line => line.EndsWith("Server is ready", StringComparison.Ordinal)));
        var port = lines.Select(line => Regex.Match(line, @"client connections on \S+:(\d+)")).First(match => match.Success).Groups[1].Value;
        var right = new MessageBusOptions
        {
            Servers = [new Uri($"tls://127.0.0.1:{port}")],
            ConnectionName = "test",
            AuthorityPath = PathOf("authority"),
            CertificatePath = PathOf("client"),
        };
        await using (var bus = new NatsBus(right))
        {
            await bus.ConnectAsync(CancellationToken.None);
            Assert.True(bus.IsConnected);
        }

        await using (var bus = new NatsBus(right with { AuthorityPath = null, CertificatePin = Convert.ToHexString(SHA256.HashData(server.RawData)) }))
        {
            await bus.ConnectAsync(CancellationToken.None);
        }

        await AssertRefusedAsync(right with { AuthorityPath = PathOf("stranger") }, "not trusted");
        await AssertRefusedAsync(right with { AuthorityPath = null }, "not trusted");
        await AssertRefusedAsync(right with { CertificatePath = null }, "certificate");
        await AssertRefusedAsync(right with { CertificatePath = PathOf("stranger") }, "certificate");
        await AssertRefusedAsync(right with { CertificatePath = PathOf("missing") }, "missing");
        await AssertRefusedAsync(right with { AuthorityPath = PathOf("missing") }, "missing");
        await AssertRefusedAsync(right with { CertificatePin = "12" }, "64");
        await AssertRefusedAsync(right with { CredentialPath = PathOf("missing") }, "missing");
        // By another name than the certificate has.
        await AssertRefusedAsync(right with { Servers = [new Uri($"tls://127.0.0.2:{port}")] }, "127.0.0.2");
    }

    private static async Task AssertRefusedAsync(MessageBusOptions options, string reason)
    {
        var error = await Assert.ThrowsAsync<ClusterException>(async () =>
        {
            await using var bus = new NatsBus(options);
            await bus.ConnectAsync(CancellationToken.None);
        });
        Assert.True(error.ErrorId is ClusterErrorId.ServerRefused || reason == "127.0.0.2", error.Message);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A certificate with its key, in a file of its name.</summary>
    private X509Certificate2 Make(string name, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, hasPathLengthConstraint: false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        var serial = RandomNumberGenerator.GetBytes(8);
        serial[0] = 1;
        using var bare = issuer is null ? null : request.Create(issuer, now.AddHours(-1), now.AddHours(1), serial);
        var certificate = bare?.CopyWithPrivateKey(key) ?? request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(PathOf(name), string.Create(CultureInfo.InvariantCulture, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
        return certificate;
    }

    private string PathOf(string name) => Path.Combine(_folder, name).Replace('\\', '/');
}
