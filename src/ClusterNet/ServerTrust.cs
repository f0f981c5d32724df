using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cluster.Net;

/// <summary>
/// Which server is the right one: the one whose certificate has the given SHA-256 and no other, or one that the system or the given
/// authorities vouch for. Thread-safe.
/// </summary>
internal sealed class ServerTrust
{
    private readonly byte[]? _pin;
    private readonly X509Certificate2Collection? _authorities;

    /// <summary>Reads what is trusted.</summary>
    /// <param name="pin">The SHA-256 of the certificate in hexadecimal, with or without colons; or null.</param>
    /// <param name="authorityPath">A file with certificates of authorities (PEM), or null.</param>
    /// <exception cref="FormatException">The pin is not 32 bytes in hexadecimal.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="CryptographicException">The file has no certificate.</exception>
    public ServerTrust(string? pin, string? authorityPath)
    {
        if (pin is not null)
        {
            _pin = Convert.FromHexString(pin.Replace(":", string.Empty, StringComparison.Ordinal));
            if (_pin.Length != SHA256.HashSizeInBytes)
            {
                throw new FormatException("The pin of a certificate is its SHA-256: 64 hexadecimal digits.");
            }
        }

        if (authorityPath is not null)
        {
            _authorities = [];
            _authorities.ImportFromPemFile(authorityPath);
            if (_authorities.Count == 0)
            {
                throw new CryptographicException($"There is no certificate in '{authorityPath}'.");
            }
        }
    }

    /// <summary>Decides about a server.</summary>
    /// <param name="certificate">What it shows.</param>
    /// <param name="chain">Its chain, with what the server has sent.</param>
    /// <param name="errors">What the system thinks of it.</param>
    /// <returns>Whether it is trusted.</returns>
    public bool Accepts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return false;
        }

        if (_pin is not null)
        {
            return CryptographicOperations.FixedTimeEquals(SHA256.HashData(certificate.GetRawCertData()), _pin);
        }

        return errors == SslPolicyErrors.None
            || (errors == SslPolicyErrors.RemoteCertificateChainErrors && _authorities is not null && IsVouchedFor(certificate, chain));
    }

    private bool IsVouchedFor(X509Certificate certificate, X509Chain? sent)
    {
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // The purpose of a server's certificate.
        own.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        if (sent is not null)
        {
            own.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            foreach (var element in sent.ChainElements)
            {
                own.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        using var copy = new X509Certificate2(certificate);
        return own.Build(copy);
    }
}
