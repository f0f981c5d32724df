# An ASP.NET Core program of a user's own in workers, on a port that they share.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
}

Describe 'ClusterConnectionListenerFactory' {
    BeforeAll {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive site)).FullName
        Set-Content (Join-Path $folder 'index.html') 'own program' -NoNewline
        $server = Start-HttpCluster OwnProgram -WorkerCount 2 -Options @{ Folder = $folder } -Script {
            [Cluster.Api.AspNetCoreLibrary]::Load()
            $options = [Microsoft.AspNetCore.Builder.WebApplicationOptions]::new()
            $options.GetType().GetProperty('WebRootPath').SetValue($options, $Common.Folder)
            $builder = [Microsoft.AspNetCore.Builder.WebApplication]::CreateBuilder($options)
            $null = [Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions]::AddSingleton(
                $builder.Services, [Microsoft.AspNetCore.Connections.IConnectionListenerFactory], [Cluster.Http.ClusterConnectionListenerFactory]::new())
            $builder.Configuration['Logging:LogLevel:Default'] = 'None'
            $program = $builder.Build()
            $program.Urls.Add('http://127.0.0.1:0')
            $null = [Microsoft.AspNetCore.Builder.FileServerExtensions]::UseFileServer($program)
            $program.StartAsync().GetAwaiter().GetResult()
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'serves the port of all workers' {
        1..10 | ForEach-Object { (Send-Http $server /).Text | Should -Be 'own program' }
        Get-ClusterWorker -Master $server.Name | ForEach-Object { $_.Endpoints | Should -Match ":$($server.Port)$" }
    }

    It 'drains with its worker: a connection that is kept and idle is closed, and the worker ends by itself' {
        $client = Open-Raw $server "GET / HTTP/1.1`r`nHost: x`r`n`r`n"
        Read-Raw $client -Until 'own program' | Should -Match '200 OK'
        $workers = Get-ClusterWorker -Master $server.Name
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $workers | Restart-ClusterWorker -DrainTimeoutSec 100 | Out-Null
        $null = $workers | Wait-ClusterWorker -State Exited -TimeoutSec 100
        # Kestrel itself would keep it for 130 s.
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 60
        $workers.ExitCode | Should -Be 0, 0
        Read-Raw $client | Should -BeNullOrEmpty
        $client.Dispose()
        (Send-Http $server /).Text | Should -Be 'own program'
    }

    It 'needs a worker' {
        [Cluster.Api.AspNetCoreLibrary]::Load()
        $factory = [Cluster.Http.ClusterConnectionListenerFactory]::new()
        try {
            { $factory.BindAsync([System.Net.IPEndPoint]::new([ipaddress]::Loopback, 0)).AsTask().GetAwaiter().GetResult() } |
                Should -Throw '*This process is not a worker*'
        }
        finally {
            $factory.Dispose()
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
