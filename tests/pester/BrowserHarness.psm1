# A headless browser, told what to do by the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/).

<#
.SYNOPSIS
    The program of a browser that speaks the protocol, or nothing.
#>
function Get-BrowserProgram {
    Get-Command chromium, chromium-browser, google-chrome, chrome, msedge -CommandType Application -ErrorAction Ignore | Select-Object -First 1 | ForEach-Object Path
}

<#
.SYNOPSIS
    Starts a browser with a profile of its own and opens a page in it. End it with Stop-Browser.
#>
function Start-Browser {
    param([string] $Address)

    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), 'browser-' + [guid]::NewGuid().ToString('N').Substring(0, 8))
    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-BrowserProgram), [string[]]@(
            '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-port=0'
            "--user-data-dir=$folder", '--window-size=900,700', 'about:blank'))
    $start.RedirectStandardError = $start.RedirectStandardOutput = $true
    # What it keeps beside its profile goes with the profile: it is killed, and would leave it.
    $null = [System.IO.Directory]::CreateDirectory("$folder/tmp")
    $start.Environment['TMPDIR'] = "$folder/tmp"
    $process = [System.Diagnostics.Process]::Start($start)
    $browser = [pscustomobject]@{ Process = $process; Socket = [System.Net.WebSockets.ClientWebSocket]::new(); Folder = $folder; Next = 0; Rest = $null }
    try {
        Open-Page $browser $Address
        $browser
    }
    catch {
        Stop-Browser $browser
        throw
    }
}

# Waits until the browser says where it listens, and opens a page.
function Open-Page {
    param($Browser, [string] $Address)

    $process = $Browser.Process
    $port = 0
    while ($port -eq 0) {
        $line = $process.StandardError.ReadLineAsync()
        if (-not $line.Wait(60000) -or $null -eq $line.Result) { throw 'The browser did not say its port.' }
        if ($line.Result -match 'DevTools listening on ws://[^:]+:(\d+)/') { $port = [int] $Matches[1] }
    }
    $Browser.Rest = $process.StandardError.ReadToEndAsync()
    $page = @(Invoke-RestMethod "http://127.0.0.1:$port/json/list" | ForEach-Object { $_ } | Where-Object type -EQ page)[0]
    $Browser.Socket.ConnectAsync([uri] $page.webSocketDebuggerUrl, [System.Threading.CancellationToken]::None).Wait()
    $null = Invoke-Browser $Browser 'Page.navigate' @{ url = $Address }
}

<#
.SYNOPSIS
    Gives the browser a command and returns its result.
#>
function Invoke-Browser {
    param($Browser, [string] $Method, [hashtable] $Parameter = @{})

    $id = ++$Browser.Next
    $bytes = [System.Text.Encoding]::UTF8.GetBytes((@{ id = $id; method = $Method; params = $Parameter } | ConvertTo-Json -Compress -Depth 5))
    $end = [System.Threading.CancellationTokenSource]::new(60000)
    $Browser.Socket.SendAsync([System.ArraySegment[byte]] $bytes, [System.Net.WebSockets.WebSocketMessageType]::Text, $true, $end.Token).Wait()
    $buffer = [byte[]]::new(65536)
    while ($true) {
        $text = [System.IO.MemoryStream]::new()
        do {
            $part = $Browser.Socket.ReceiveAsync([System.ArraySegment[byte]] $buffer, $end.Token).GetAwaiter().GetResult()
            $text.Write($buffer, 0, $part.Count)
        } until ($part.EndOfMessage)
        $answer = [System.Text.Encoding]::UTF8.GetString($text.ToArray()) | ConvertFrom-Json
        if ($answer.id -eq $id) {
            if ($answer.error) { throw "The browser refuses $Method`: $($answer.error.message)" }
            return $answer.result
        }
    }
}

<#
.SYNOPSIS
    Evaluates a JavaScript expression in the page.
#>
function Get-PageValue {
    param($Browser, [string] $Expression)

    (Invoke-Browser $Browser 'Runtime.evaluate' @{ expression = $Expression; awaitPromise = $true; returnByValue = $true }).result.value
}

<#
.SYNOPSIS
    Writes a picture of the page.
#>
function Save-PagePicture {
    param($Browser, [string] $Path)

    $picture = (Invoke-Browser $Browser 'Page.captureScreenshot' @{ format = 'png' }).data
    $null = New-Item -ItemType Directory -Force ([System.IO.Path]::GetDirectoryName($Path))
    [System.IO.File]::WriteAllBytes($Path, [Convert]::FromBase64String($picture))
}

<#
.SYNOPSIS
    Ends a browser and removes its profile.
#>
function Stop-Browser {
    param($Browser)

    if ($Browser) {
        $Browser.Socket.Dispose()
        if (-not $Browser.Process.HasExited) {
            $Browser.Process.Kill($true)
            $null = $Browser.Process.WaitForExit(10000)
        }
        $Browser.Process.Dispose()
        # Its helpers may write for another moment.
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ((Test-Path $Browser.Folder) -and $clock.Elapsed.TotalSeconds -lt 20) {
            Remove-Item -LiteralPath $Browser.Folder -Recurse -Force -ErrorAction Ignore
        }
    }
}
