using System.Management.Automation;
using System.Text;
using Cluster.Contracts;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Cluster.Machines;

/// <summary>
/// What a machine needs to join a cluster: where its servers are, and the credential of the machines. A secret. Its text form is
/// <c>cluster1.</c> and JSON in Base64 for URLs. Immutable.
/// </summary>
internal sealed record JoinTicket
{
    /// <summary>What the text form of this version begins with.</summary>
    private const string Prefix = "cluster1.";

    /// <summary>No ticket is longer, in characters: what is, is something else.</summary>
    private const int MaxLength = 16 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name of the cluster.</summary>
    public required string ClusterName { get; init; }

    /// <summary>The addresses of the servers, <c>nats://host:port</c> or <c>tls://host:port</c>; at least one.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary>The user's name; null when the machine has a credential of its own.</summary>
    public string? UserName { get; init; }

    /// <summary>The user's password, or null. Never shown.</summary>
    public string? Password { get; init; }

    /// <summary>The SHA-256 of the server's certificate, in hexadecimal; null when the system's rules hold.</summary>
    public string? CertificatePin { get; init; }

    /// <summary>Whether the servers belong to the leader, and end with it.</summary>
    public bool LeaderEnds { get; init; }

    /// <summary>What the leader shows the machine as that gets this ticket; null for the name that it has itself.</summary>
    public string? ComputerName { get; init; }

    /// <summary>What the leader knows the agent by that gets this ticket: see <see cref="Link.JoinRequest.Machine"/>. Null when any agent may use it.</summary>
    public string? Machine { get; init; }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">The text; white space around it and line breaks in it do not matter.</param>
    /// <returns>The ticket.</returns>
    /// <exception cref="ClusterException">It is not a ticket of this version.</exception>
    public static JoinTicket Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw Invalid("It is longer than any ticket.");
        }

        var compact = string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
        if (!compact.StartsWith(Prefix, StringComparison.Ordinal))
        {
            throw Invalid(compact.StartsWith("cluster", StringComparison.Ordinal) && compact.Contains('.', StringComparison.Ordinal)
                ? "It comes from another version of this module."
                : $"A ticket begins with '{Prefix}'.");
        }

        try
        {
            var base64 = compact[Prefix.Length..].Replace('-', '+').Replace('_', '/');
            var bytes = Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
            using var reader = new JsonTextReader(new StringReader(StrictUtf8.GetString(bytes))) { MaxDepth = 4, DateParseHandling = DateParseHandling.None };
            return Read(JObject.Load(reader));
        }
        catch (Exception exception) when (exception is FormatException or JsonException or ArgumentException)
        {
            throw Invalid("A part of it is missing or was changed.", exception);
        }
    }

    /// <summary>Reads a ticket from a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The ticket.</returns>
    /// <exception cref="ClusterException">The file cannot be read, others can read it, or there is no ticket in it.</exception>
    public static JoinTicket Load(string path)
    {
        try
        {
            return Read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The file '{path}' cannot be read: {exception.Message}");
        }
    }

    /// <summary>Writes the ticket to a file that only this user can read, in the place of one that is there.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClusterException">It cannot be written.</exception>
    public void Save(string path)
    {
        try
        {
            Write(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The file '{path}' cannot be written: {exception.Message}");
        }
    }

    /// <summary>Writes the text form: a secret.</summary>
    /// <returns>The text, one line.</returns>
    public string ToText()
    {
        var json = new JObject
        {
            ["name"] = ClusterName,
            ["servers"] = new JArray(Servers.Select(server => server.OriginalString)),
            ["leaderEnds"] = LeaderEnds,
        };
        Add(json, "user", UserName);
        Add(json, "password", Password);
        Add(json, "pin", CertificatePin);
        Add(json, "computerName", ComputerName);
        Add(json, "machine", Machine);
        using var text = new StringWriter();
        using (var writer = new JsonTextWriter(text))
        {
            json.WriteTo(writer);
        }

        return Prefix + Convert.ToBase64String(StrictUtf8.GetBytes(text.ToString())).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    /// <summary>What can be shown of it.</summary>
    /// <returns>The name of the cluster and its servers.</returns>
    public override string ToString() => $"Ticket of {ClusterName} at {string.Join(", ", Servers.Select(server => $"{server.Scheme}://{server.Authority}"))}";

    private static JoinTicket Read(JObject json)
    {
        var servers = json["servers"] is JArray { Count: > 0 } list
            ? list.Select(item => item.Type == JTokenType.String ? ServerOf(item.Value<string>()!) : throw Missing("servers")).ToArray()
            : throw Missing("servers");
        return new JoinTicket
        {
            ClusterName = Text(json, "name") is { Length: > 0 } name ? name : throw Missing("name"),
            Servers = servers,
            UserName = Text(json, "user"),
            Password = Text(json, "password"),
            CertificatePin = Text(json, "pin"),
            ComputerName = Text(json, "computerName"),
            Machine = Text(json, "machine"),
            LeaderEnds = json["leaderEnds"] switch
            {
                null => false,
                { Type: JTokenType.Boolean } value => value.Value<bool>(),
                _ => throw Missing("leaderEnds"),
            },
        };
    }

    private static Uri ServerOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "nats" or "tls" && server.Host.Length > 0 && server.UserInfo.Length == 0
            ? server
            : throw Invalid("An address in it is none: nats://host:port or tls://host:port.");

    private static string? Text(JObject json, string name) => json[name] switch
    {
        null => null,
        { Type: JTokenType.String } value => value.Value<string>(),
        _ => throw Missing(name),
    };

    private static void Add(JObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private static ClusterException Missing(string name) => Invalid($"'{name}' is missing in it, or is not what it should be.");

    private static JoinTicket Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
        {
            throw Invalid($"Others can read or write the file '{path}'. Make it yours alone: chmod 600.");
        }

        if (file.Length > MaxLength)
        {
            throw Invalid($"The file '{path}' is longer than any ticket.");
        }

        using var reader = new StreamReader(file);
        return Parse(reader.ReadToEnd());
    }

    private void Write(string path)
    {
        // Beside it and then in its place: one that is there may be readable by others, or a link to somewhere.
        var full = Path.GetFullPath(path);
        var temporary = full + "." + Path.GetRandomFileName();
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var writer = new StreamWriter(temporary, options))
            {
                writer.WriteLine(ToText());
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static ClusterException Invalid(string reason, Exception? inner = null) =>
        new(ClusterErrorId.TicketInvalid, ErrorCategory.InvalidData, $"This is not a ticket of a cluster. {reason}", inner: inner);
}
