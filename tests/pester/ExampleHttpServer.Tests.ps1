# examples/http-server.ps1: the service by requests, and the page in a headless browser, whose picture is kept in artifacts.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/BrowserHarness.psm1"
    $hasBrowser = [bool](Get-BrowserProgram)
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/BrowserHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
}

Describe 'The notes of http-server.ps1' {
    BeforeAll {
        $server = Start-HostScript "$root/examples/http-server.ps1" '-Port', '0', '-WorkerCount', '2'
        $line = Read-HostScript $server
        $line | Should -Match '^2 workers serve (http://127\.0\.0\.1:\d+)$'
        $address = $line -replace '^2 workers serve '
    }

    AfterAll {
        if ($server -and -not $IsWindows) {
            # As a service manager ends it: nothing is left then.
            Send-ProcessSignal $server.Process.Id TERM
            $null = $server.Process.WaitForExit(30000)
        }
        Stop-HostScript $server
    }

    It 'is a JSON service' {
        (Invoke-RestMethod "$address/api/notes").notes.Count | Should -Be 0
        $made = Invoke-RestMethod "$address/api/notes" -Method Post -ContentType application/json -Body '{"text":"from a script, mit Umlaut: ü"}' -ResponseHeadersVariable headers -StatusCodeVariable status
        $status | Should -Be 201
        "$($headers.Location)" | Should -Be "/api/notes/$($made.id)"
        (Invoke-RestMethod "$address/api/notes/$($made.id)").text | Should -Be 'from a script, mit Umlaut: ü'
        { Invoke-RestMethod "$address/api/notes/999" } | Should -Throw '*404*'
        { Invoke-RestMethod "$address/api/notes" -Method Post -ContentType application/json -Body '{}' } | Should -Throw '*400*'
    }

    It 'is a page in a browser, loaded through both workers, whose form adds a note' -Skip:(-not $hasBrowser) {
        $browser = Start-Browser $address
        try {
            Wait-Until { (Get-PageValue $browser "document.getElementById('worker')?.textContent") -match '^worker [12]$' }
            Get-PageValue $browser 'document.title' | Should -Be 'Notes on all cores'
            $null = Get-PageValue $browser "document.getElementById('text').value = '<b>from a form</b> & more'; document.querySelector('button').click()"
            Wait-Until { (Get-PageValue $browser "document.getElementById('notes')?.textContent") -like '*<b>from a form</b> & more*' }

            # Each page load and each request may be another worker's: a connection is asked for anew by closing the last.
            $seen = @{}
            Wait-Until {
                $seen["$(Get-PageValue $browser "fetch('/api/notes', { headers: { 'Cache-Control': 'no-cache' } }).then(r => r.json()).then(r => r.worker)")"] = $true
                $null = Invoke-RestMethod "$address/health" -DisableKeepAlive
                if ($seen.Count -lt 2) {
                    # Six connections at once, as a page with many parts has them.
                    $null = Get-PageValue $browser "Promise.all([1,2,3,4,5,6].map(() => fetch('/api/notes').then(r => r.json()))).then(all => window.workers = [...new Set(all.map(r => r.worker))].join())"
                    foreach ($worker in "$(Get-PageValue $browser 'window.workers')" -split ',') { $seen[$worker] = $true }
                }
                $seen.ContainsKey('1') -and $seen.ContainsKey('2')
            }
            $picture = "$root/artifacts/pictures/http-server.png"
            Save-PagePicture $browser $picture
            (Get-Item $picture).Length | Should -BeGreaterThan 5000
        }
        finally {
            Stop-Browser $browser
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
