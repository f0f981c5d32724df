namespace Cluster.Machines;

/// <summary>How message servers are reached. Immutable.</summary>
internal sealed record MessageBusOptions
{
    /// <summary>The longest message, in bytes: half of what servers take unless they are told otherwise.</summary>
    public const int MaxPayload = 512 * 1024;

    /// <summary>The addresses, <c>nats://host:port</c> or <c>tls://host:port</c>; the others are for when one is not there.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary>The name of the user, or null.</summary>
    public string? UserName { get; init; }

    /// <summary>Its password, or null. Never shown.</summary>
    public string? Password { get; init; }

    /// <summary>A file with a credential of the server's operator (<c>.creds</c>), or null.</summary>
    public string? CredentialPath { get; init; }

    /// <summary>A file with the client's certificate and key (PEM), or null.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>A file with certificates of authorities that are trusted beside the system's (PEM), or null.</summary>
    public string? AuthorityPath { get; init; }

    /// <summary>The SHA-256 of the server's certificate, in hexadecimal: this one and no other is accepted. Null: the system's rules hold.</summary>
    public string? CertificatePin { get; init; }

    /// <summary>What the server shows of the connection: the role, for those who look for it there.</summary>
    public required string ConnectionName { get; init; }
}
