# Start-WorkerHttpServer: HTTPS and HTTP/2.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
    $key = [System.Security.Cryptography.RSA]::Create(2048)
    $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=localhost', $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
    $certificate = $request.CreateSelfSigned([datetimeoffset]::UtcNow.AddDays(-1), [datetimeoffset]::UtcNow.AddDays(1))
    $pfx = Join-Path $TestDrive 'own.pfx'
    [System.IO.File]::WriteAllBytes($pfx, $certificate.Export('Pkcs12', 'secret'))
    $pem = Join-Path $TestDrive 'own.pem'
    $keyFile = Join-Path $TestDrive 'key.pem'
    Set-Content $pem $certificate.ExportCertificatePem()
    Set-Content $keyFile $key.ExportPkcs8PrivateKeyPem()
    $password = ConvertTo-SecureString secret -AsPlainText -Force
}

Describe 'HTTPS with a <name>' -ForEach @(
    @{ name = 'PFX'; by = { @{ CertificatePath = $pfx } }; setup = '$Common.CertificatePassword = ConvertTo-SecureString secret -AsPlainText -Force' }
    @{ name = 'PEM'; by = { @{ CertificatePath = $pem; CertificateKeyPath = $keyFile } }; setup = '' }
) {
    BeforeAll {
        $script = [scriptblock]::Create("$setup`nStart-WorkerHttpServer @Common -Handler { param(`$Request) `"`$(`$Request.Scheme) `$(`$Request.Protocol)`" }")
        $server = Start-HttpCluster "Tls$name" -Options (& $by) -Scheme https -Script $script
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'serves HTTP/1.1 and HTTP/2' {
        (Send-Http $server / -Version 1.1).Text | Should -Be 'https HTTP/1.1'
        $answer = Send-Http $server / -Version 2.0
        $answer.Text, $answer.Version | Should -Be 'https HTTP/2', '2.0'
    }

    It 'serves on after plain HTTP to its port' {
        $client = Open-Raw $server "GET / HTTP/1.1`r`nHost: x`r`n`r`n"
        Read-Raw $client | Should -Not -Match '200 OK'
        $client.Dispose()
        (Send-Http $server / -Version 1.1).Text | Should -Be 'https HTTP/1.1'
    }
}

Describe 'A certificate that cannot be used' {
    It 'is told, before the port is opened: <name>' -ForEach @(
        @{ name = 'no file'; options = { @{ CertificatePath = "$TestDrive/none.pfx" } } }
        @{ name = 'no key'; options = { @{ CertificatePath = $pem } } }
        @{ name = 'no password'; options = { @{ CertificatePath = $pfx } } }
        @{ name = 'not in a store'; options = { @{ CertificateThumbprint = 'ab' * 20 } } }
        @{ name = 'two ways'; options = { @{ CertificatePath = $pfx; CertificateThumbprint = 'ab' * 20 } } }
    ) {
        $start = {
            Start-ClusterMaster -Name Untrusted -ExplicitReady -WorkerCount 1 -ArgumentList (& $options) -ScriptBlock {
                param($Options)
                $ErrorActionPreference = 'Stop'
                Start-WorkerHttpServer -Port 0 -Handler { } @Options
            }
        }
        $failure = try { & $start } catch { $_ }
        $failure.Exception.WorkerError.FullyQualifiedErrorId | Should -BeLike 'CertificateInvalid*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
