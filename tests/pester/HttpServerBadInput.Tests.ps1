# Start-WorkerHttpServer: clients that do what they should not. Others are served on.

BeforeDiscovery {
    $ways = @(if ($IsLinux) { 'Loop' }; 'Sockets')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
}

Describe 'Bad input, by <_>' -ForEach $ways {
    BeforeAll {
        $server = Start-HttpCluster "Bad$_" -By $_ -Options @{ RequestHeadersTimeoutSec = 1; KeepAliveTimeoutSec = 300 } -Script {
            Start-WorkerHttpServer @Common -Handler {
                param($Request)
                switch ($Request.Path) {
                    '/large' { 'x' * 20MB }
                    '/watch' {
                        Send-WorkerMessage 'watching'
                        $gone = $Request.Cancellation.WaitHandle.WaitOne(30000)
                        Send-WorkerMessage "gone: $gone"
                    }
                    default { 'hello' }
                }
            }
        }
        $head = "Host: x`r`nConnection: close`r`n`r`n"
    }

    AfterEach {
        # Whatever it was.
        (Send-Http $server /).Text | Should -Be 'hello'
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'answers <status> for <name>' -ForEach @(
        @{ name = 'what is not HTTP'; text = "nonsense`r`n`r`n"; status = 400 }
        @{ name = 'bytes'; text = "`0`u{1}`u{ff}`r`n`r`n"; status = 400 }
        @{ name = 'a TLS hello to a plain port'; text = "`u{16}`u{3}`u{1}`0`u{5}`u{1}`0`0`u{1}`0`r`n"; status = 400 }
        @{ name = 'a request without a host'; text = "GET / HTTP/1.1`r`n`r`n"; status = 400 }
        @{ name = 'huge headers'; text = "GET / HTTP/1.1`r`nHost: x`r`nX-Big: $('x' * 40000)`r`n`r`n"; status = 431 }
        @{ name = 'a huge line'; text = "GET /$('x' * 20000) HTTP/1.1`r`nHost: x`r`n`r`n"; status = 414 }
        @{ name = 'a length that is not one'; text = "POST / HTTP/1.1`r`nHost: x`r`nContent-Length: many`r`n`r`n"; status = 400 }
        @{ name = 'chunks that are not'; text = "POST / HTTP/1.1`r`nHost: x`r`nTransfer-Encoding: chunked`r`n`r`nzz`r`n"; status = 400 }
        @{ name = 'another version'; text = "GET / HTTP/9.9`r`nHost: x`r`n`r`n"; status = 505 }
        @{ name = 'slow headers'; text = "GET / HTTP/1.1`r`nHos"; status = 408 }
    ) {
        $client = Open-Raw $server $text
        Read-Raw $client | Should -Match "^HTTP/1.1 $status "
        $client.Dispose()
    }

    It 'closes a connection whose body does not come' {
        $client = Open-Raw $server "POST / HTTP/1.1`r`nHost: x`r`nContent-Length: 10`r`n`r`nabc"
        Read-Raw $client | Should -Match '^(HTTP/1.1 408 |$)'
        $client.Dispose()
    }

    It 'serves requests that come together' {
        $client = Open-Raw $server ("GET / HTTP/1.1`r`nHost: x`r`n`r`n" * 50 + "GET / HTTP/1.1`r`n$head")
        [regex]::Matches((Read-Raw $client), 'hello').Count | Should -Be 51
        $client.Dispose()
    }

    It 'serves a request that comes byte by byte' {
        $client = Open-Raw $server
        foreach ($letter in "GET / HTTP/1.1`r`n$head".ToCharArray()) {
            Write-Raw $client $letter
        }
        Read-Raw $client | Should -Match 'hello$'
        $client.Dispose()
    }

    It 'serves others while 1,000 connections are idle, and half of a request has come of others' {
        $idle = [System.Collections.Generic.List[object]]::new()
        try {
            foreach ($number in 1..1000) {
                $idle.Add((Open-Raw $server ($number % 10 ? '' : "GET / HT")))
            }
            (Send-Http $server /).Text | Should -Be 'hello'
            # One of them is served still.
            Write-Raw $idle[0] "GET / HTTP/1.1`r`n$head"
            Read-Raw $idle[0] | Should -Match 'hello$'
        }
        finally {
            $idle | ForEach-Object Dispose
        }
    }

    It 'serves others when clients leave in the middle of an answer' {
        foreach ($number in 1..10) {
            $client = Open-Raw $server "GET /large HTTP/1.1`r`n$head"
            Read-Raw $client -Until '200 OK' | Should -Match '200 OK'
            $client.LingerState = [System.Net.Sockets.LingerOption]::new($true, 0)
            $client.Dispose()
        }
    }

    It 'serves others while a client does not read its answer' {
        $client = Open-Raw $server "GET /large HTTP/1.1`r`n$head"
        Read-Raw $client -Until '200 OK' | Should -Match '200 OK'
        (Send-Http $server /).Text | Should -Be 'hello'
        (Read-Raw $client).Length | Should -BeGreaterThan 19MB
        $client.Dispose()
    }

    It 'tells a handler that its client has gone' {
        $client = Open-Raw $server "GET /watch HTTP/1.1`r`n$head"
        (Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60).Body | Should -Be 'watching'
        $client.Dispose()
        (Receive-WorkerMessage -Master $server.Name -Wait -Count 1 -TimeoutSec 60).Body | Should -Be 'gone: True'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
