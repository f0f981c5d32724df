# Start-WorkerHttpServer: routes, files, and what a handler sees of a request, by both ways in.

BeforeDiscovery {
    $ways = @(if ($IsLinux) { 'Loop' }; 'Sockets')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Http.psm1"
    $json = @{ ContentType = 'application/json' }
}

Describe 'Routes and files, by <_>' -ForEach $ways {
    BeforeAll {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive "site$_")).FullName
        Set-Content (Join-Path $folder 'index.html') '<h1>index</h1>' -NoNewline
        Set-Content (Join-Path $folder 'data.json') '{"a":1}' -NoNewline
        Set-Content (Join-Path $TestDrive 'secret.txt') 'secret' -NoNewline
        $server = Start-HttpCluster "Route$_" -By $_ -Options @{ StaticFolder = $folder; Compression = $true } -Script {
            Start-WorkerHttpServer @Common -Route @{
                'GET /items/{id:int}' = { param($Request) @{ id = $Request.RouteValues.id; verbose = $Request.Query.verbose } }
                'POST,PUT /items'     = { param($Request) New-HttpResponse 201 ([ordered]@{ method = $Request.Method; got = $Request.Json }) }
                '/any/{**rest}'       = { param($Request) "$($Request.Method) $($Request.RouteValues.rest)" }
                'GET /long'           = { 'word ' * 2000 }
            } -Handler { param($Request) New-HttpResponse 404 "nothing at $($Request.Path)" }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'finds a route, its values and the query' {
        (Send-Http $server '/items/42?verbose=1').Text | ConvertFrom-Json | ForEach-Object { $_.id, $_.verbose | Should -Be '42', '1' }
    }

    It 'finds a route by its method' {
        foreach ($method in 'POST', 'PUT') {
            $answer = Send-Http $server /items -Method $method -Body '{"n":[1,{"x":null}]}' @json
            $answer.Status | Should -Be 201
            $answer.Text | Should -Be "{`"method`":`"$method`",`"got`":{`"n`":[1,{`"x`":null}]}}"
        }
    }

    It 'finds a route for any method and depth' {
        (Send-Http $server /any/a/b%20c -Method PATCH).Text | Should -Be 'PATCH a/b c'
    }

    It 'answers 405 for another method of a route' {
        $answer = Send-Http $server /items -Method DELETE
        $answer.Status, $answer.Header['Allow'] | Should -Be 405, 'POST, PUT'
    }

    It 'gives the rest to the handler' {
        $answer = Send-Http $server /items/text
        $answer.Status, $answer.Text | Should -Be 404, 'nothing at /items/text'
    }

    It 'serves the files of a folder, with type and validators' {
        $answer = Send-Http $server /data.json
        $answer.Text, $answer.Header['Content-Type'] | Should -Be '{"a":1}', 'application/json'
        (Send-Http $server /data.json -Header @{ 'If-None-Match' = $answer.Header['ETag'] }).Status | Should -Be 304
        (Send-Http $server /data.json -Header @{ Range = 'bytes=1-3' }).Text | Should -Be '"a"'
        (Send-Http $server /).Text | Should -Be '<h1>index</h1>'
    }

    It 'serves nothing outside the folder: <_>' -ForEach '/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/..%5csecret.txt' {
        $client = Open-Raw $server "GET $_ HTTP/1.1`r`nHost: x`r`nConnection: close`r`n`r`n"
        $text = Read-Raw $client
        $client.Dispose()
        $text | Should -Match '^HTTP/1.1 40[04]'
        $text | Should -Not -Match "`r`n`r`nsecret"
    }

    It 'compresses for clients that take it' {
        $answer = Send-Http $server /long -Header @{ 'Accept-Encoding' = 'br' }
        $answer.Header['Content-Encoding'] | Should -Be 'br'
        $answer.Bytes.Count | Should -BeLessThan 1000
        (Send-Http $server /long).Text | Should -Be ('word ' * 2000)
    }
}

Describe 'What a handler sees, by <_>' -ForEach $ways {
    BeforeAll {
        $server = Start-HttpCluster "Seen$_" -By $_ -Options @{ MaxRequestBodySize = 3MB } -Script {
            Start-WorkerHttpServer @Common -Handler {
                param($Request)
                switch ($Request.Path) {
                    '/all' {
                        @{
                            method = $Request.Method; query = $Request.Query; scheme = $Request.Scheme; protocol = $Request.Protocol; host = $Request.Host
                            header = $Request.Headers['x-test']; remote = $Request.RemoteAddress; text = $Request.Text; type = $Request.ContentType; string = $Request.QueryString
                        }
                    }
                    '/json' { @{ value = $Request.Json } }
                    '/json-own' { if ($null -eq $Request.Json) { New-HttpResponse 422 'mine' } }
                    '/bytes' { , $Request.Bytes }
                    '/length' { $Request.Body.Length }
                    '/echo' { New-HttpResponse -Stream $Request.Body -ContentType $Request.ContentType }
                    '/form' {
                        $file = $Request.Form.file
                        @{ name = $Request.Form.name; several = $Request.Form.several; file = if ($file) { @($file.FileName, $file.Length, [System.Text.Encoding]::UTF8.GetString($file.ReadAllBytes())) } }
                    }
                }
            }
        }
    }

    AfterAll {
        Stop-HttpCluster $server
    }

    It 'shows all of a request' {
        $seen = (Send-Http $server '/all?a=1&a=2&B=x%20y' -Method POST -Body 'grüße' -ContentType 'text/plain' -Header @{ 'X-Test' = 'one' }).Text | ConvertFrom-Json
        $seen.method, $seen.scheme, $seen.protocol, $seen.host | Should -Be 'POST', 'http', 'HTTP/1.1', "127.0.0.1:$($server.Port)"
        $seen.query.a | Should -Be '1', '2'
        $seen.query.b, $seen.string | Should -Be 'x y', '?a=1&a=2&B=x%20y'
        $seen.header, $seen.remote, $seen.text, $seen.type | Should -Be 'one', '127.0.0.1', 'grüße', 'text/plain'
    }

    It 'reads a text in the encoding of its type' {
        $text = (Send-Http $server /all -Method POST -Body ([System.Text.Encoding]::Latin1.GetBytes('grüße')) -ContentType 'text/plain; charset=iso-8859-1').Text
        ($text | ConvertFrom-Json).text | Should -Be 'grüße'
    }

    It 'reads JSON: <text>' -ForEach @(
        @{ text = '{"a":{"b":[1,2.5,"x",true,null]},"date":"2026-01-02T03:04:05Z"}' }
        @{ text = '[]' }
        @{ text = '"text"' }
        @{ text = '12345678901234567890' }
    ) {
        (Send-Http $server /json -Method POST -Body $text @json).Text | Should -Be "{`"value`":$text}"
    }

    It 'answers 400 for what is not JSON: <_>' -ForEach '{"a":', '{"a":1} x', 'x', '{"":1}', ('[' * 100) {
        $answer = Send-Http $server /json -Method POST -Body $_ @json
        $answer.Status | Should -Be 400
        $answer.Text | Should -Match '\w'
    }

    It 'lets a handler answer itself for what is not JSON' {
        $answer = Send-Http $server /json-own -Method POST -Body '{' @json
        $answer.Status, $answer.Text | Should -Be 422, 'mine'
    }

    It 'reads bytes, large bodies too, and gives them back' {
        $bytes = [byte[]]::new(2MB)
        [System.Random]::new(7).NextBytes($bytes)
        $hash = [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($bytes))
        foreach ($path in '/bytes', '/echo') {
            $answer = Send-Http $server $path -Method POST -Body $bytes -ContentType 'application/octet-stream'
            [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($answer.Bytes)) | Should -Be $hash
        }
    }

    It 'reads a chunked body' {
        $client = Open-Raw $server "POST /length HTTP/1.1`r`nHost: x`r`nConnection: close`r`nTransfer-Encoding: chunked`r`n`r`n3`r`nabc`r`n"
        Write-Raw $client "4`r`ndefg`r`n0`r`n`r`n"
        Read-Raw $client | Should -Match "`r`n`r`n7$"
        $client.Dispose()
    }

    It 'reads forms' {
        $body = 'name=ada+l&several=1&several=2'
        (Send-Http $server /form -Method POST -Body $body -ContentType 'application/x-www-form-urlencoded').Text | ConvertFrom-Json | ForEach-Object {
            $_.name | Should -Be 'ada l'
            $_.several | Should -Be '1', '2'
        }
        $form = [System.Net.Http.MultipartFormDataContent]::new()
        $form.Add([System.Net.Http.StringContent]::new('bob'), 'name')
        $form.Add([System.Net.Http.StringContent]::new('content'), 'file', 'a.txt')
        (Send-Http $server /form -Method POST -Body $form).Text | ConvertFrom-Json | ForEach-Object {
            $_.name | Should -Be 'bob'
            $_.file | Should -Be 'a.txt', 7, 'content'
        }
        (Send-Http $server /form -Method POST -Body 'x' -ContentType 'text/plain').Status | Should -Be 400
    }

    It 'answers 413 for a body over the limit' {
        (Send-Http $server /length -Method POST -Body ([byte[]]::new(3MB + 1)) -Header @{ Expect = '100-continue' }).Status | Should -Be 413
        (Send-Http $server /length).Text | Should -Be '0'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
