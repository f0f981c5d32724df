using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using Cluster.Contracts;
using Cluster.Machines;
using Cluster.Machines.Ssh;

namespace Cluster.Commands;

/// <summary>What parameters say of other machines and the servers between them, checked.</summary>
internal static class MachineParameters
{
    private const string Encrypted = "tls";

    /// <summary>How servers are reached.</summary>
    /// <param name="session">The caller's session, in which paths are looked up.</param>
    /// <param name="servers">Their addresses.</param>
    /// <param name="credentialPath">A file with a credential, or null.</param>
    /// <param name="certificatePath">A file with a certificate and its key, or null.</param>
    /// <param name="authorityPath">A file with certificates of authorities, or null.</param>
    /// <param name="role">What the server shows of the connection.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ClusterException">An address is none, or would go over a network in the clear.</exception>
    public static MessageBusOptions ToOptions(
        SessionState session, Uri[] servers, string? credentialPath, string? certificatePath, string? authorityPath, string role)
    {
        foreach (var server in servers)
        {
            if (server.IsAbsoluteUri && server.UserInfo.Length > 0)
            {
                // First: what is said of an address shows all of it.
                throw Invalid("An address must not hold a user or a password. Use -CredentialPath or -CertificatePath.", server.Host);
            }

            var isEncrypted = server.IsAbsoluteUri && server.Scheme == Encrypted;
            if (!isEncrypted && !(server.IsAbsoluteUri && server.Scheme == "nats" && server.IsLoopback))
            {
                throw Invalid(
                    $"The address '{server}' cannot be used. Give tls://host:port: whoever can read or change what goes to the server runs code on every machine. In the clear, nats://, is for 127.0.0.1 alone.",
                    server);
            }
        }

        string? Resolve(string? path) => path is null ? null : session.Path.GetUnresolvedProviderPathFromPSPath(path);
        return new MessageBusOptions
        {
            Servers = servers,
            CredentialPath = Resolve(credentialPath),
            CertificatePath = Resolve(certificatePath),
            AuthorityPath = Resolve(authorityPath),
            ConnectionName = role,
        };
    }

    /// <summary>Where a server is to listen.</summary>
    /// <param name="text"><c>address:port</c>, or a port for all addresses.</param>
    /// <returns>The end point.</returns>
    /// <exception cref="ClusterException">It is none.</exception>
    public static IPEndPoint ToEndPoint(string text)
    {
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return new IPEndPoint(IPAddress.Any, port);
        }

        return IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':', StringComparison.Ordinal) && IsPlain(text, endPoint)
            ? endPoint
            : throw Invalid($"'{text}' is no address to listen on. Give an IP address and a port, such as 0.0.0.0:4222, or a port alone.", text);
    }

    /// <summary>Whether a name stands for the master's own machine.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True for <c>localhost</c> and <c>.</c></returns>
    public static bool IsThisMachine(string name) => name is "." || name.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>The machines that are reached by SSH.</summary>
    /// <param name="names">Names, among them perhaps this machine's.</param>
    /// <returns>The others.</returns>
    public static IReadOnlyList<SshMachineOptions> ToMachines(string[] names) => [.. names.Where(name => !IsThisMachine(name)).Select(ToMachine)];

    /// <summary>A machine by its name.</summary>
    /// <param name="name"><c>host</c> or <c>user@host</c>.</param>
    /// <returns>The machine.</returns>
    public static SshMachineOptions ToMachine(string name)
    {
        var at = name.LastIndexOf('@');
        return new SshMachineOptions { HostName = name[(at + 1)..], UserName = at > 0 ? name[..at] : null };
    }

    /// <summary>A machine by a hashtable.</summary>
    /// <param name="session">The caller's session, in which paths are looked up.</param>
    /// <param name="table">Its keys are those of <c>Invoke-Command -SSHConnection</c>, and <c>HostPath</c>.</param>
    /// <returns>The machine.</returns>
    /// <exception cref="ClusterException">A key is unknown, or a value cannot be.</exception>
    public static SshMachineOptions ToMachine(SessionState session, Hashtable table)
    {
        var machine = new SshMachineOptions { HostName = string.Empty };
        foreach (DictionaryEntry entry in table)
        {
            var value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            machine = (entry.Key?.ToString() ?? string.Empty).ToLowerInvariant() switch
            {
                "hostname" or "computername" => machine with { HostName = ToText(entry.Key, value) },
                "username" => machine with { UserName = ToText(entry.Key, value) },
                "port" => machine with { Port = LanguagePrimitives.TryConvertTo<ushort>(value, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : throw NoValue(entry.Key, value) },
                "keyfilepath" => machine with { KeyFilePath = session.Path.GetUnresolvedProviderPathFromPSPath(ToText(entry.Key, value)) },
                "hostpath" => machine with { HostPath = ToText(entry.Key, value) },
                "options" when value is IDictionary options => machine with
                {
                    Options = options.Cast<DictionaryEntry>().ToDictionary(option => option.Key.ToString()!, option => ToText(option.Key, option.Value)),
                },
                _ => throw Invalid($"-SSHConnection does not know the key '{entry.Key}', or not such a value. It takes HostName, UserName, Port, KeyFilePath, HostPath and Options.", entry.Key),
            };
        }

        return machine.HostName.Length > 0 ? machine : throw Invalid("-SSHConnection needs the key HostName.", table);
    }

    /// <summary>The error of parameters that cannot be.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="target">The value.</param>
    /// <returns>The error.</returns>
    public static ClusterException Invalid(string message, object? target) =>
        new(ClusterErrorId.MachinesInvalid, ErrorCategory.InvalidArgument, message, target);

    private static string ToText(object? key, object? value) =>
        value?.ToString() is { Length: > 0 } text ? text : throw NoValue(key, value);

    private static ClusterException NoValue(object? key, object? value) => Invalid($"'{value}' is no value for the key '{key}' of -SSHConnection.", value);

    /// <summary>An address of IPv6 without brackets looks as if its end were a port.</summary>
    private static bool IsPlain(string text, IPEndPoint endPoint) =>
        endPoint.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6 || text.StartsWith('[');
}
