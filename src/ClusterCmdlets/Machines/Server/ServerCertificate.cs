using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Cluster.Machines.Server;

/// <summary>A certificate that a server shows and that no authority vouches for: who connects knows its SHA-256.</summary>
internal sealed class ServerCertificate
{
    private const int ValidYears = 10;

    private ServerCertificate(string certificate, string key, string pin)
    {
        Certificate = certificate;
        Key = key;
        Pin = pin;
    }

    /// <summary>The certificate, PEM.</summary>
    public string Certificate { get; }

    /// <summary>Its private key, PEM. Never shown.</summary>
    public string Key { get; }

    /// <summary>The SHA-256 of the certificate, in hexadecimal.</summary>
    public string Pin { get; }

    /// <summary>Makes one.</summary>
    /// <returns>The certificate.</returns>
    public static ServerCertificate Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=cluster", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        // The purpose of a server's certificate.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        // From yesterday: clocks of machines differ.
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(ValidYears));
        return new ServerCertificate(
            certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), Convert.ToHexString(SHA256.HashData(certificate.RawData)));
    }
}
