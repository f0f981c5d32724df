# Start-WorkerHttpServer: what a handler gives and what the client gets, by both ways in. A handler that fails harms no other request.

BeforeDiscovery {
    $ways = @(if ($IsLinux) { 'Loop' }; 'Sockets')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
}

Describe 'What a handler gives, by <_>' -ForEach $ways {
    BeforeAll {
        $file = Join-Path $TestDrive 'page.html'
        Set-Content -LiteralPath $file -Value '<p>0123456789</p>' -NoNewline
        $server = Start-HttpCluster "Result$_" -By $_ -Options @{ Prefix = '/v1' } -Script {
            enum Size { Small; Large }
            function Get-Outer { 'from the script' }
            $outer = 'a variable'
            Start-WorkerHttpServer @Common -Handler {
                param($Request)
                switch ($Request.Path) {
                    '/text' { 'grüße' }
                    '/html' { '<p>' }
                    '/bytes' { , [byte[]] (1, 2, 255) }
                    '/nothing' { }
                    '/null' { $null }
                    '/object' { [pscustomobject]@{ name = 'ada'; size = [Size]::Large; list = @(1, 'two'); none = $null; at = [datetime]::new(2026, 1, 2, 3, 4, 5, [System.DateTimeKind]::Utc); big = 12345678901234567890d; half = 0.5; yes = $true } }
                    '/map' { [ordered]@{ b = 1; a = @{ c = [byte[]] (1, 2) } } }
                    '/several' { 1; 'two'; $null }
                    '/number' { 42 }
                    '/scope' { "$(Get-Outer), $outer" }
                    '/status' { New-HttpResponse 201 'made' -ContentType 'text/csv' -Header @{ 'X-One' = 1; 'Set-Cookie' = 'a=1', 'b=2' } }
                    '/json' { New-HttpResponse 422 @{ why = 'so' } }
                    '/file' { New-HttpResponse -File $Request.Query.path }
                    '/stream' { New-HttpResponse -Stream ([System.IO.MemoryStream]::new([byte[]] (65, 66))) -ContentType 'text/plain' }
                    '/redirect' { New-HttpResponse -Redirect '/v1/text' }
                    '/moved' { New-HttpResponse 301 -Redirect 'https://example.org/ä' }
                    '/large' { 'x' * 5MB }
                    '/throw' { throw 'a reason for the log' }
                    '/stops' { Get-Item /does/not/exist -ErrorAction Stop }
                    '/goes-on' { Write-Error 'said on the way'; 'done' }
                    '/cycle' { $a = @{}; $a.inner = $a; $a }
                    '/block' { @{ inner = { } } }
                    '/header' { New-HttpResponse -Body x -Header @{ 'X-Bad' = "a`r`nInjected: yes" } }
                    '/mixed' { 'text'; New-HttpResponse 200 }
                }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'sends <path> as <type>' -ForEach @(
        @{ path = 'text'; type = 'text/plain; charset=utf-8'; text = 'grüße' }
        @{ path = 'html'; type = 'text/plain; charset=utf-8'; text = '<p>' }
        @{ path = 'number'; type = 'application/json'; text = '42' }
        @{ path = 'several'; type = 'application/json'; text = '[1,"two",null]' }
        @{ path = 'map'; type = 'application/json'; text = '{"b":1,"a":{"c":"AQI="}}' }
        @{ path = 'object'; type = 'application/json'; text = '{"name":"ada","size":"Large","list":[1,"two"],"none":null,"at":"2026-01-02T03:04:05.0000000Z","big":12345678901234567890.0,"half":0.5,"yes":true}' }
        @{ path = 'scope'; type = 'text/plain; charset=utf-8'; text = 'from the script, a variable' }
        @{ path = 'stream'; type = 'text/plain'; text = 'AB' }
    ) {
        $answer = Send-Http $server "/v1/$path"
        $answer.Status | Should -Be 200
        $answer.Header['Content-Type'] | Should -Be $type
        $answer.Text | Should -BeExactly $text
    }

    It 'sends bytes' {
        $answer = Send-Http $server /v1/bytes
        $answer.Bytes | Should -Be 1, 2, 255
        $answer.Header['Content-Type'] | Should -Be 'application/octet-stream'
    }

    It 'sends 204 for <_>' -ForEach nothing, null {
        $answer = Send-Http $server "/v1/$_"
        $answer.Status | Should -Be 204
        $answer.Bytes | Should -HaveCount 0
    }

    It 'sends a status, a type and headers' {
        $answer = Send-Http $server /v1/status
        $answer.Status | Should -Be 201
        $answer.Text | Should -Be 'made'
        $answer.Header['Content-Type'] | Should -Be 'text/csv'
        $answer.Header['X-One'] | Should -Be '1'
        $answer.Header['Set-Cookie'] | Should -Be 'a=1, b=2'
    }

    It 'sends an object of a response as JSON' {
        $answer = Send-Http $server /v1/json
        $answer.Status | Should -Be 422
        $answer.Text | Should -Be '{"why":"so"}'
    }

    It 'sends a file, and a part of it' {
        $path = "/v1/file?path=$([uri]::EscapeDataString($file))"
        $whole = Send-Http $server $path
        $whole.Text | Should -Be '<p>0123456789</p>'
        $whole.Header['Content-Type'] | Should -Be 'text/html'
        $part = Send-Http $server $path -Header @{ Range = 'bytes=3-5' }
        $part.Status | Should -Be 206
        $part.Text | Should -Be '012'
    }

    It 'sends to another address' {
        $answer = Send-Http $server /v1/redirect
        $answer.Status, $answer.Header['Location'] | Should -Be 302, '/v1/text'
        $answer = Send-Http $server /v1/moved
        $answer.Status, $answer.Header['Location'] | Should -Be 301, 'https://example.org/%C3%A4'
    }

    It 'sends a large text whole' {
        (Send-Http $server /v1/large).Bytes.Count | Should -Be 5MB
    }

    It 'answers HEAD without a body' {
        $answer = Send-Http $server /v1/text -Method HEAD
        $answer.Status, $answer.Header['Content-Length'] | Should -Be 200, '7'
        $answer.Bytes | Should -HaveCount 0
    }

    It 'does not find what is outside its prefix' {
        (Send-Http $server /text).Status | Should -Be 404
    }

    It 'answers 500 without a word for <path>, and tells the worker''s error stream' -ForEach @(
        @{ path = 'throw'; match = 'a reason for the log' }
        @{ path = 'stops'; match = '/does/not/exist' }
        @{ path = 'cycle'; match = 'inner\.inner.*deeper than 32' }
        @{ path = 'block'; match = "'\`$\.inner' is a ScriptBlock" }
        @{ path = 'header'; match = 'cannot be sent' }
        @{ path = 'mixed'; match = 'other values beside it' }
    ) {
        $answer = Send-Http $server "/v1/$path"
        $answer.Status | Should -Be 500
        $answer.Bytes | Should -HaveCount 0
        $answer.Header.Keys | Should -Not -Contain 'Injected'
        Wait-WorkerError $server.Name $match | Should -HaveCount 1
        (Send-Http $server /v1/text).Text | Should -Be 'grüße'
    }

    It 'answers by the result of a handler that has written an error and went on' {
        (Send-Http $server /v1/goes-on).Text | Should -Be 'done'
        Wait-WorkerError $server.Name 'said on the way' | Should -HaveCount 1
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
