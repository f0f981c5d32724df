# Start-WorkerHttpServer: how it ends, what is logged of it, and what it refuses.

BeforeDiscovery {
    $ways = @(if ($IsLinux) { 'Loop' }; 'Sockets')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
}

Describe 'The end of a server, by <_>' -ForEach $ways {
    BeforeEach {
        $log = Join-Path $TestDrive "access-$([guid]::NewGuid()).log"
        $server = Start-HttpCluster "End$_" -By $_ -Options @{ AccessLog = $log; HealthPath = '/health' } -Script {
            Start-WorkerHttpServer @Common -Handler {
                param($Request)
                if ($Request.Path -eq '/slow') {
                    Send-WorkerMessage 'in it'
                    $null = Receive-WorkerMessage -Wait -Count 1
                }
                "hello from $($ClusterWorker.Id)"
            }
            Send-WorkerMessage 'after the server'
        }
    }

    AfterEach {
        Stop-HttpCluster $server
    }

    It 'answers what is in hand, closes idle connections, and the script goes on' {
        $idle = Open-Raw $server "GET / HTTP/1.1`r`nHost: x`r`n`r`n"
        Read-Raw $idle -Until 'hello' | Should -Not -Match 'Connection: close'
        (Send-Http $server /health).Status | Should -Be 200
        $busy = Open-Raw $server "GET /slow HTTP/1.1`r`nHost: x`r`n`r`n"
        (Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60).Body | Should -Be 'in it'
        Send-WorkerMessage go -Master $server.Name -All
        Stop-ClusterMaster $server.Name
        Read-Raw $busy | Should -Match 'hello'
        Read-Raw $idle | Should -Be ''
        $idle.Dispose()
        $busy.Dispose()
        (Receive-WorkerMessage -Master $server.Name).Body | Should -Contain 'after the server'
        $lines = Get-Content $log
        $lines | Should -HaveCount 3
        # Of two connections, so their order is not theirs.
        ($lines -match '"GET / HTTP') | Should -Match '^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET / HTTP/1\.1" 200 \d+ "-" "-"$'
    }

    It 'loses no request over reloads' {
        $failed = [System.Collections.Concurrent.ConcurrentBag[string]]::new()
        $count = [int[]]::new(1)
        $done = [System.Threading.CancellationTokenSource]::new()
        $load = 1..4 | ForEach-Object {
            $keepAlive = $_ % 2
            Start-ThreadJob -ArgumentList $server.Port, $failed, $count, $done, $keepAlive -ScriptBlock {
                param($port, $failed, $count, $done, $keepAlive)
                $client = [System.Net.Http.HttpClient]::new()
                $client.DefaultRequestHeaders.ConnectionClose = -not $keepAlive
                while (-not $done.IsCancellationRequested) {
                    try {
                        $null = $client.GetStringAsync("http://127.0.0.1:$port/").GetAwaiter().GetResult()
                        $null = [System.Threading.Interlocked]::Increment([ref] $count[0])
                    }
                    catch {
                        $failed.Add("$_")
                    }
                }
                $client.Dispose()
            }
        }
        try {
            1..3 | ForEach-Object { Restart-ClusterWorker * -Master $server.Name -TimeoutSec 60 }
        }
        finally {
            $done.Cancel()
            $load | Receive-Job -Wait -AutoRemoveJob
        }
        $failed | Should -BeNullOrEmpty
    }

    It 'ends at once with the pipeline, though a client is connected' {
        $idle = Open-Raw $server "GET / HTTP/1.1`r`nHost: x`r`n`r`n"
        Read-Raw $idle -Until 'hello' | Should -Match 'hello'
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        Stop-ClusterMaster $server.Name -Force
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 20
        Read-Raw $idle | Should -Be ''
        $idle.Dispose()
    }
}

Describe 'What is refused' {
    It '<name>' -ForEach @(
        @{ name = 'nothing to answer with'; id = 'HttpServerInvalid'; options = @{} }
        @{ name = 'a route that is not one'; id = 'RouteInvalid'; options = @{ Route = @{ 'GET items' = '{ }' } } }
        @{ name = 'a route with a broken template'; id = 'RouteInvalid'; options = @{ Route = @{ '/{a' = '{ }' } } }
        @{ name = 'a route with a constraint that does not exist'; id = 'RouteInvalid'; options = @{ Route = @{ '/{a:nothing}' = '{ }' } } }
        @{ name = 'two routes that are the same'; id = 'RouteInvalid'; options = @{ Route = @{ 'GET /a/{b}' = '{ }'; 'post,get /A/{c}/' = '{ }' } } }
        @{ name = 'a handler that is not a block'; id = 'RouteInvalid'; options = @{ Route = @{ '/' = 'text' } } }
        @{ name = 'a folder that does not exist'; id = 'DirectoryNotFound'; options = @{ StaticFolder = '/does/not/exist' } }
    ) {
        $start = {
            Start-ClusterMaster -Name Refused -ExplicitReady -WorkerCount 1 -ArgumentList $options -ScriptBlock {
                param($Options)
                $ErrorActionPreference = 'Stop'
                if ($Options.Route) {
                    foreach ($path in @($Options.Route.Keys)) {
                        $text = $Options.Route[$path]
                        $Options.Route[$path] = $text.StartsWith('{') ? [scriptblock]::Create($text.Trim('{', '}')) : $text
                    }
                }
                Start-WorkerHttpServer -Port 0 @Options
            }
        }
        $failure = try { & $start } catch { $_ }
        $failure.Exception.WorkerError.FullyQualifiedErrorId | Should -BeLike "$id*"
    }

    It 'a process that is not a worker' {
        { Start-WorkerHttpServer -Port 0 -Handler { } } | Should -Throw -ErrorId 'NotAWorker*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
