using System.Globalization;
using System.Text;

namespace Cluster.Machines.Server;

/// <summary>
/// The files that a server reads when it starts, in a folder that only this user can enter. They hold its passwords and its key, so they
/// are there only while it starts.
/// </summary>
internal sealed class ServerFiles : IDisposable
{
    private readonly string _folder;

    private ServerFiles(string folder)
    {
        _folder = folder;
        Configuration = Path.Combine(folder, "server.conf");
    }

    /// <summary>The configuration.</summary>
    public string Configuration { get; }

    /// <summary>The folder.</summary>
    public string Folder => _folder;

    /// <summary>Writes them.</summary>
    /// <param name="options">What is wanted.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="certificate">The certificate, or null.</param>
    /// <param name="leader">The user who may do all.</param>
    /// <param name="machine">The user of the machines.</param>
    /// <returns>The files.</returns>
    /// <exception cref="IOException">They cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be written.</exception>
    public static ServerFiles Write(NatsServerOptions options, int port, ServerCertificate? certificate, NatsServerUser leader, NatsServerUser machine)
    {
        var files = new ServerFiles(Directory.CreateTempSubdirectory("cluster-server-").FullName);
        try
        {
            var text = new StringBuilder();
            var subjects = "cl." + options.ClusterName;
            // The deadline is for all that waits for a client, which may be much on a slow connection: pings find the dead ones. A message that
            // takes long to arrive keeps the answers behind it, so these have ten seconds.
            text.AppendLine(CultureInfo.InvariantCulture, $$"""
                server_name: "{{options.ClusterName}}"
                host: "{{options.Address}}"
                port: {{(port == 0 ? -1 : port)}}
                logtime: false
                max_payload: 1048576
                ping_interval: "2s"
                ping_max: 4
                write_deadline: "5m"
                authorization {
                  timeout: 5
                  users: [
                    { user: "{{leader.Name}}", password: "{{leader.Password}}", permissions: {
                        publish: ["{{subjects}}.>", "_INBOX.>"], subscribe: ["{{subjects}}.>", "_INBOX.>"] } }
                    { user: "{{machine.Name}}", password: "{{machine.Password}}", permissions: {
                        publish: ["{{subjects}}.up.>", "_INBOX.>"], subscribe: ["{{subjects}}.down.>", "_INBOX.>"] } }
                  ]
                }
                """);
            if (certificate is not null)
            {
                var certificatePath = files.Write("certificate.pem", certificate.Certificate);
                var keyPath = files.Write("key.pem", certificate.Key);
                text.AppendLine(CultureInfo.InvariantCulture, $$"""tls { cert_file: "{{certificatePath}}", key_file: "{{keyPath}}", timeout: 5 }""");
            }

            files.Write("server.conf", text.ToString());
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Removes them.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The server's guard has removed them: the master was about to end.
        }
    }

    /// <returns>The path as the configuration takes it: the backslash is an escape there.</returns>
    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(text);
        return path.Replace('\\', '/');
    }
}
