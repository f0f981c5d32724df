using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cluster.Contracts;

namespace Cluster.Http;

/// <summary>Loads a server's certificate from where it is: an object, a file, or a store.</summary>
/// <param name="resolve">Makes a path of the session a full one.</param>
internal sealed class HttpCertificate(Func<string, string> resolve)
{
    /// <summary>The certificate itself.</summary>
    public X509Certificate2? Given { get; init; }

    /// <summary>Its file.</summary>
    public string? Path { get; init; }

    /// <summary>The file of its key, if that is another one.</summary>
    public string? KeyPath { get; init; }

    /// <summary>The password of the file that holds the key.</summary>
    public SecureString? Password { get; init; }

    /// <summary>Its thumbprint in a store.</summary>
    public string? Thumbprint { get; init; }

    /// <summary>Loads it.</summary>
    /// <returns>The certificate and those between it and its root; null if none is wanted.</returns>
    /// <exception cref="ClusterException">It cannot be had, or has no private key.</exception>
    public (X509Certificate2? Own, X509Certificate2Collection? Chain) Load()
    {
        if (new object?[] { Given, Path, Thumbprint }.Count(item => item is not null) > 1)
        {
            throw Invalid("Give one of -Certificate, -CertificatePath and -CertificateThumbprint.");
        }

        try
        {
            var (own, chain) = Path is not null ? FromFile(resolve(Path)) : (Thumbprint is not null ? FromStore(Thumbprint) : Given, null);
            return own is null || own.HasPrivateKey ? (own, chain) : throw Invalid($"The certificate '{own.Subject}' has no private key, without which nothing can be served.");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The certificate '{Path ?? Thumbprint}' cannot be read. {exception.Message}", exception);
        }
    }

    private (X509Certificate2 Own, X509Certificate2Collection Chain) FromFile(string path)
    {
        var password = Password is null ? null : new NetworkCredential("", Password).Password;
        if (X509Certificate2.GetCertContentType(path) == X509ContentType.Pkcs12)
        {
            return Split(path, password);
        }

        var key = KeyPath is null ? path : resolve(KeyPath);
        var pem = password is null ? X509Certificate2.CreateFromPemFile(path, key) : X509Certificate2.CreateFromEncryptedPemFile(path, password, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        if (OperatingSystem.IsWindows())
        {
            // Windows serves no key that it does not keep.
            using var loaded = pem;
            pem = Import(loaded.Export(X509ContentType.Pkcs12), null)[0];
        }

        return (pem, chain);
    }

#pragma warning disable SYSLIB0057 // What replaces it is not in .NET 8.
    private static X509Certificate2Collection Import(byte[] bytes, string? password)
    {
        var all = new X509Certificate2Collection();
        all.Import(bytes, password, X509KeyStorageFlags.DefaultKeySet);
        return all;
    }
#pragma warning restore SYSLIB0057

    private static (X509Certificate2 Own, X509Certificate2Collection Chain) Split(string path, string? password)
    {
        var chain = Import(File.ReadAllBytes(path), password);
        var own = chain.FirstOrDefault(item => item.HasPrivateKey) ?? throw Invalid($"The file '{path}' holds no certificate with a private key.");
        chain.Remove(own);
        return (own, chain);
    }

    private static X509Certificate2 FromStore(string thumbprint)
    {
        foreach (var location in new[] { StoreLocation.CurrentUser, StoreLocation.LocalMachine })
        {
            using var store = new X509Store(StoreName.My, location);
            try
            {
                store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            }
            catch (CryptographicException)
            {
                // Linux has no store of the machine, and none of a user who never used it.
                continue;
            }

            if (store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, validOnly: false) is [var found, ..])
            {
                return found;
            }
        }

        throw Invalid($"There is no certificate '{thumbprint}' in the personal store of this user or of this machine.");
    }

    private static ClusterException Invalid(string message, Exception? inner = null) =>
        new(ClusterErrorId.CertificateInvalid, ErrorCategory.InvalidArgument, message, inner: inner);
}
