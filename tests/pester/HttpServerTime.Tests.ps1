# Start-WorkerHttpServer: several handlers at once, handlers that take too long, and streams.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
}

Describe '-ConcurrentRequests' {
    BeforeAll {
        $server = Start-HttpCluster Several -Options @{ ConcurrentRequests = 3; RequestTimeoutSec = 2 } -Script {
            $greeting = 'from the script'
            Start-WorkerHttpServer @Common -Route @{
                '/wait'  = { param($Request) $Request.Cancellation.WaitHandle.WaitOne(60000) }
                '/spin'  = { while ($true) { } }
                '/using' = { param($Request) "$using:greeting, slot $($ClusterWorker.Slot), $($Request.Method)" }
                '/throw' = { throw 'on another thread' }
                '/leak'  = { "[$leak]"; $leak = 1 }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'knows values of $using: and the worker' {
        (Send-Http $server /using).Text | Should -Be 'from the script, slot 0, GET'
    }

    It 'keeps no variables from one request to the next' {
        1..6 | ForEach-Object { (Send-Http $server /leak).Text | Should -Be '[]' }
    }

    It 'answers others while handlers wait, and 503 for those that take too long' {
        $waiting = 1..2 | ForEach-Object { $server.Client.GetAsync('/spin') }
        (Send-Http $server /using).Status | Should -Be 200
        $waiting.IsCompleted | Should -Be $false, $false
        $waiting | ForEach-Object { [int] $_.GetAwaiter().GetResult().StatusCode | Should -Be 503 }
        Wait-WorkerError $server.Name 'took longer than 2 s' | Should -Not -BeNullOrEmpty

        # All three threads are free again.
        1..3 | ForEach-Object { (Send-Http $server /using).Status | Should -Be 200 }
    }

    It 'answers 500 for a handler that throws' {
        (Send-Http $server /throw).Status | Should -Be 500
        Wait-WorkerError $server.Name 'on another thread' | Should -HaveCount 1
    }
}

Describe '-RequestTimeoutSec with one handler at a time' {
    BeforeAll {
        $server = Start-HttpCluster Timely -Options @{ RequestTimeoutSec = 1 } -Script {
            $count = 0
            Start-WorkerHttpServer @Common -Route @{ '/spin' = { while ($true) { } }; '/' = { 'hello' }; '/error' = { Write-Error 'not the end'; 'on' } }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'answers 503, stops the handler and serves the next request' {
        (Send-Http $server /spin).Status | Should -Be 503
        (Send-Http $server /).Text | Should -Be 'hello'
        Wait-WorkerError $server.Name "'GET /spin' took longer" | Should -HaveCount 1
        (Send-Http $server /error).Text | Should -Be 'on'
        Wait-WorkerError $server.Name 'not the end' | Should -HaveCount 1
    }
}

Describe '-Stream with <Requests> at once' -ForEach @{ Requests = 1 }, @{ Requests = 2 } {
    BeforeAll {
        $server = Start-HttpCluster "Streams$Requests" -Options @{ ConcurrentRequests = $Requests; Stream = $true } -Script {
            Start-WorkerHttpServer @Common -Route @{
                '/text'   = { param($Request) 'first '; Send-WorkerMessage started; $null = Receive-WorkerMessage -Wait -Count 1; 'second' }
                '/lines'  = { @{ a = 1 }; [pscustomobject]@{ b = 2 } }
                '/events' = { New-HttpResponse -ContentType text/event-stream; 'one'; "two`nlines"; @{ event = 'e'; id = 3; data = @{ a = 1 } } }
                '/status' = { New-HttpResponse 202 'first, ' -Header @{ 'X-One' = '1' }; 'second' }
                '/none'   = { }
                '/throw'  = { throw 'before' }
                '/endless' = { while ($true) { 'x' * 1000 } }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'sends what is written at once' {
        $client = Open-Raw $server "GET /text HTTP/1.1`r`nHost: x`r`nConnection: close`r`n`r`n"
        $text = Read-Raw $client -Until 'first '
        $text | Should -Match 'text/plain'
        $text | Should -Not -Match 'second'
        $null = Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60
        Send-WorkerMessage go -Master $server.Name -All
        Read-Raw $client | Should -Match 'second'
        $client.Dispose()
    }

    It 'sends objects as lines of JSON' {
        $answer = Send-Http $server /lines
        $answer.Header['Content-Type'], $answer.Text | Should -Be 'application/x-ndjson', "{`"a`":1}`n{`"b`":2}`n"
    }

    It 'sends server-sent events' {
        $answer = Send-Http $server /events
        $answer.Header['Content-Type'] | Should -Be 'text/event-stream'
        $answer.Text | Should -Be "data: one`n`ndata: two`ndata: lines`n`nid: 3`nevent: e`ndata: {`"a`":1}`n`n"
    }

    It 'begins with a status and headers' {
        $answer = Send-Http $server /status
        $answer.Status, $answer.Header['X-One'], $answer.Text | Should -Be 202, '1', 'first, second'
    }

    It 'answers 204 for nothing, and 500 for an error before the first output' {
        (Send-Http $server /none).Status | Should -Be 204
        (Send-Http $server /throw).Status | Should -Be 500
        Wait-WorkerError $server.Name 'before' | Should -HaveCount 1
    }

    It 'ends a handler whose client has gone' {
        foreach ($number in 1..$Requests) {
            $client = Open-Raw $server "GET /endless HTTP/1.1`r`nHost: x`r`n`r`n"
            Read-Raw $client -Until xxx | Should -Match '200 OK'
            $client.Dispose()
        }
        (Send-Http $server /lines).Status | Should -Be 200
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
