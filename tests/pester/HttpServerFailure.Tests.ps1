# Start-WorkerHttpServer: handlers that fail, hang or end the script. One of them ends neither the server nor what others have been given.

BeforeDiscovery {
    $ways = @(if ($IsLinux) { 'Loop' }; 'Sockets')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"

    # Connections that the workers of a master were given.
    function Get-HandedOver([string] $Name) { (Get-ClusterMetric -Master $Name -Name cluster.connection.handed_over | Measure-Object Value -Sum).Sum }
}

Describe 'Failing handlers with $ErrorActionPreference = ''Stop'', by <_>' -ForEach $ways {
    BeforeAll {
        $server = Start-HttpCluster "Failing$_" -By $_ -Script {
            $ErrorActionPreference = 'Stop'
            Start-WorkerHttpServer @Common -ErrorAction Stop -Handler {
                param($Request)
                switch ($Request.Path) {
                    '/throw' { throw 'no end of the server' }
                    '/write' { Write-Error 'written and thrown' }
                    '/break' { & { break } }
                    '/continue' { continue nowhere }
                    '/header' { New-HttpResponse -Body x -Header @{ 'X-Bad' = "a`r`nb" } }
                    '/hop' { New-HttpResponse -Body 'four' -Header @{ 'Transfer-Encoding' = 'chunked'; Connection = 'close'; 'Content-Length' = 1; 'Keep-Alive' = 'x'; Upgrade = 'h2c'; 'X-One' = '1' } }
                    default { 'hello' }
                }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'serves on after <path>' -ForEach @(
        @{ path = 'throw'; match = 'no end of the server' }
        @{ path = 'write'; match = 'written and thrown' }
        @{ path = 'header'; match = 'cannot be sent' }
    ) {
        (Send-Http $server "/$path").Status | Should -Be 500
        (Send-Http $server /).Text | Should -Be 'hello'
        Wait-WorkerError $server.Name $match | Should -Not -BeNullOrEmpty
    }

    It 'serves on after <_> without a loop' -ForEach break, continue {
        $null = Send-Http $server "/$_"
        (Send-Http $server /).Text | Should -Be 'hello'
    }

    It 'does not send headers that are the server''s own' {
        $client = Open-Raw $server "GET /hop HTTP/1.1`r`nHost: x`r`n`r`n"
        $text = Read-Raw $client -Until 'four'
        $client.Dispose()
        $text | Should -Match 'Content-Length: 4'
        $text | Should -Match 'X-One: 1'
        $text | Should -Not -Match '(?m)^(Connection|Transfer-Encoding|Keep-Alive|Upgrade):'
    }
}

Describe 'An error that does not end the handler, with several at once' {
    BeforeAll {
        $server = Start-HttpCluster GoesOn -Options @{ ConcurrentRequests = 2 } -Script {
            Start-WorkerHttpServer @Common -Handler { $zero = 0; $null = 1 / $zero; 'went on' }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'is written, and the handler goes on' {
        (Send-Http $server /).Text | Should -Be 'went on'
        Wait-WorkerError $server.Name 'divide by zero' | Should -HaveCount 1
    }
}

Describe 'exit in a handler' {
    AfterEach {
        Stop-ClusterMaster ExitCode
    }

    It 'ends the script with its code' {
        $null = Start-ClusterMaster -Name ExitCode -WorkerCount 1 -RestartPolicy Never -ScriptBlock {
            Start-WorkerHttpServer 0 -Handler { exit 3 }
        }
        $worker = Get-ClusterWorker -Master ExitCode
        $client = Open-Raw @{ Port = Get-ServedPort ExitCode } "GET / HTTP/1.1`r`nHost: x`r`n`r`n"
        $null = Read-Raw $client -Until '\r\n\r\n'
        $client.Dispose()
        $null = $worker | Wait-ClusterWorker -TimeoutSec 60
        $worker.ExitCode | Should -Be 3
    }
}

Describe 'A worker whose handlers hang, by <name>' -ForEach @(
    if ($IsLinux) { @{ name = 'Loop'; by = 'Loop'; options = @{} } }
    @{ name = 'Sockets'; by = 'Sockets'; options = @{} }
    @{ name = 'several threads'; by = 'Sockets'; options = @{ ConcurrentRequests = 2 } }
) {
    BeforeAll {
        $server = Start-HttpCluster "Hang$($name -replace ' ')" -By $by -WorkerCount 2 -Options $options -Script {
            Start-WorkerHttpServer @Common -Route @{
                '/hang' = { Send-WorkerMessage 'hangs'; [System.Threading.Thread]::Sleep(-1) }
                '/'     = { "by $PID" }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'takes no more connections: those that it was given go to another one when it is ended' {
        # As many as it has threads, on one connection each, to one worker.
        $first = Open-Raw $server "GET /hang HTTP/1.1`r`nHost: x`r`n`r`n"
        $message = Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60
        $hanging = @($first)
        if ($options.ConcurrentRequests) {
            $skipped = Open-Raw $server
            $hanging += $skipped, (Open-Raw $server "GET /hang HTTP/1.1`r`nHost: x`r`n`r`n")
            $second = Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60
            $second.WorkerId | Should -Be $message.WorkerId
        }
        $before = Get-HandedOver $server.Name
        $clients = 1..20 | ForEach-Object { Open-Raw $server "GET / HTTP/1.1`r`nHost: x`r`nConnection: close`r`n`r`n" }
        Wait-Until { (Get-HandedOver $server.Name) -ge $before + 20 }
        Stop-Process -Id (Get-ClusterWorker -Master $server.Name -Id $message.WorkerId).ProcessId -Force
        $clients | ForEach-Object { Read-Raw $_ | Should -Match 'by \d+$' }
        @($clients) + $hanging | ForEach-Object Dispose
    }
}

Describe '-RequestTimeoutSec behind a handler that cannot be stopped' {
    BeforeAll {
        $server = Start-HttpCluster Behind -Options @{ RequestTimeoutSec = 1 } -Script {
            Start-WorkerHttpServer @Common -Route @{
                '/sleep'    = { Send-WorkerMessage 'sleeps'; [System.Threading.Thread]::Sleep(15000) }
                '/register' = { param($Request) $null = $Request.Cancellation.Register({ 'not on this thread' }); while ($true) { } }
                '/late'     = { param($Request) while ($true) { try { Start-Sleep 60 } finally { Send-WorkerMessage "late: $($Request.Cancellation.IsCancellationRequested)" } } }
                '/'         = { 'hello' }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'survives a script block that is called where none can run' {
        (Send-Http $server /register).Status | Should -Be 503
        (Send-Http $server /).Text | Should -Be 'hello'
    }

    It 'shows the end to a handler that asks only then' {
        (Send-Http $server /late).Status | Should -Be 503
        (Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60).Body | Should -Be 'late: True'
    }

    It 'lets a connection go whose request has not begun' {
        $both = 1..2 | ForEach-Object { Open-Raw $server }
        (Send-Http $server /).Text | Should -Be 'hello'
        Write-Raw $both[0] "GET /sleep HTTP/1.1`r`nHost: x`r`n`r`n"
        $null = Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        Write-Raw $both[1] "GET / HTTP/1.1`r`nHost: x`r`n`r`n"
        Read-Raw $both[1] | Should -Match '^HTTP/1.1 503'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        $both | ForEach-Object Dispose
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
