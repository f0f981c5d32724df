# Runs the code blocks of the documentation as a reader would: copied into a session, in a folder with some files.
#
#   ```powershell                in a session of its own
#   ```powershell continued      in the session of the block before it
#   ```powershell parse          only parsed: it needs what is not on every machine
#   ```powershell errors         writes errors, which is what it shows
#   ```powershell endless        runs until somebody stops it, and is stopped when it has written something
#   ```powershell save           saved under its name and not run: a later block needs the file
#   ```text output               what the PowerShell block before it has shown, on any machine: see Assert-DocOutput
#
# A block whose first line is '# name.ps1' (or .psm1) is saved under that name and run as that file. './module/Cluster.psd1', where a clone has the
# module, stands for the one under test, and the ports 8080 and 7000 for free ones. Blocks of other languages are not run;
# Docs.Tests.ps1 says what becomes of them.
# The code of the about topics is found by Get-AboutSession, and has none of these words.

$material = "$PSScriptRoot/Files/docs"

<#
.SYNOPSIS
    The fenced code blocks of a Markdown file, with their place.
#>
function Get-DocBlock {
    param([string] $Path)

    $heading = ''
    $block = $null
    $number = 0
    foreach ($line in [System.IO.File]::ReadLines($Path)) {
        $number++
        if ($block) {
            if ($line.TrimStart().StartsWith('```')) {
                $block.Text = $block.Lines -join "`n"
                $block
                $block = $null
            }
            else {
                $block.Lines.Add($line)
            }
        }
        elseif ($line -match '^\s*```(\S*)\s*(.*)$') {
            $block = [pscustomobject]@{
                File = [System.IO.Path]::GetFileName($Path); Line = $number; Heading = $heading; Language = $Matches[1]
                Words = @($Matches[2] -split '\s+'); Lines = [System.Collections.Generic.List[string]]::new(); Text = ''; Output = $null
            }
        }
        elseif ($line -match '^#+\s+(.*)$') {
            $heading = $Matches[1]
        }
    }
    if ($block) { throw "$($Path):$($block.Line): this block has no end." }
}

<#
.SYNOPSIS
    The PowerShell blocks of a Markdown file, each as the list of blocks that share its session.
#>
function Get-DocSession {
    param([string] $Path)

    $session = $null
    $last = $null
    foreach ($block in Get-DocBlock $Path) {
        if ($block.Language -eq 'text' -and 'output' -in $block.Words) {
            if (-not $last) { throw "$($block.File):$($block.Line): there is no PowerShell block right before this output." }
            $last.Output = $block
        }
        $last = $block.Language -eq 'powershell' ? $block : $null
        if (-not $last) { continue }
        if ($session -and 'continued' -in $block.Words) {
            $session.Blocks.Add($block)
            continue
        }
        if ($session) { $session }
        $session = [pscustomobject]@{ Title = "line $($block.Line), $($block.Heading)"; Blocks = [System.Collections.Generic.List[object]]::new(@($block)) }
    }
    if ($session) { $session }
}

<#
.SYNOPSIS
    The code of an about topic: what is indented by eight columns behind a line that ends in a colon. Each block is a session.
#>
function Get-AboutSession {
    param([string] $Path)

    $lines = [System.IO.File]::ReadAllLines($Path)
    $heading = ''
    for ($index = 0; $index -lt $lines.Count; $index++) {
        if ($lines[$index] -cmatch '^[A-Z]') { $heading = $lines[$index] }
        if ($lines[$index] -notmatch '^ {4}\S.*:$' -or $lines[$index + 1] -or $lines[$index + 2] -notmatch '^ {8}') { continue }
        $first = $index + 2
        for ($index = $first; $lines[$index] -eq '' -or $lines[$index] -match '^ {8}'; $index++) { }
        $code = $lines[$first..($index - 1)] -replace '^ {8}'
        $block = [pscustomobject]@{
            File = [System.IO.Path]::GetFileName($Path); Line = $first + 1; Heading = $heading; Language = 'powershell'; Words = @()
            Lines = $code; Text = ($code -join "`n").TrimEnd()
        }
        $index--
        [pscustomobject]@{ Title = "line $($block.Line), $heading"; Blocks = @($block) }
    }
}

<#
.SYNOPSIS
    Makes 'Import-Module Cluster' find the checkout's module, here and in workers. Undone by Uninstall-DocModule.
#>
function Install-DocModule {
    $script:modules = Join-Path ([System.IO.Path]::GetTempPath()) "modules-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = [System.IO.Directory]::CreateDirectory($modules)
    $null = New-Item -ItemType ($IsWindows ? 'Junction' : 'SymbolicLink') -Path "$modules/Cluster" -Target ([System.IO.Path]::GetFullPath("$PSScriptRoot/../../module"))
    $script:modulePath = $env:PSModulePath
    $env:PSModulePath = $modules + [System.IO.Path]::PathSeparator + $env:PSModulePath
    Import-Module Cluster -Global
}

<#
.SYNOPSIS
    Undoes Install-DocModule.
#>
function Uninstall-DocModule {
    $env:PSModulePath = $modulePath
    [System.IO.Directory]::Delete("$modules/Cluster")
    [System.IO.Directory]::Delete($modules)
}

# A port that nobody listens on.
function Get-FreePort {
    $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $listener.LocalEndpoint.Port
    $listener.Stop()
}

# Waits for a pipeline and gives what it has written; throws when it does not end. An endless one is stopped when it has written something.
function Wait-Pipeline([powershell] $Pipeline, [string] $Name, [switch] $Endless, [int] $TimeoutSec = 90) {
    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $running = $Pipeline.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]$null, $output)
    if ($Endless) {
        $deadline = [datetime]::UtcNow.AddSeconds($TimeoutSec)
        while ($output.Count -eq 0 -and -not $running.AsyncWaitHandle.WaitOne(50)) {
            if ([datetime]::UtcNow -gt $deadline) { throw "$Name writes nothing within $TimeoutSec s." }
        }
        if ($running.IsCompleted) { throw "$Name is to run until it is stopped, and has ended." }
        $Pipeline.Stop()
        return $output
    }
    if (-not $running.AsyncWaitHandle.WaitOne($TimeoutSec * 1000)) {
        $null = $Pipeline.BeginStop($null, $null)
        throw "$Name does not end within $TimeoutSec s. Output so far: $($output | Out-String)"
    }
    $null = $Pipeline.EndInvoke($running)
    $output
}

# The lines of an output without what differs from run to run: their order, numbers, and how wide columns are.
function Get-OutputShape([string[]] $Lines) {
    $Lines -replace '\d+([.,:]\d+)*', '#' -replace '-{2,}', '--' -replace '\s+', ' ' | ForEach-Object Trim | Where-Object { $_ } | Sort-Object
}

# Compares what a block has shown with what the page says it shows.
function Assert-DocOutput($Block, [object[]] $Shown) {
    $expected = @(Get-OutputShape $Block.Output.Lines)
    $actual = @(Get-OutputShape (($Shown | Out-String -Width 160) -split '\r?\n'))
    $differences = @(Compare-Object $expected $actual -CaseSensitive | ForEach-Object { ($_.SideIndicator -eq '<=' ? 'only on the page: ' : 'only in the run: ') + $_.InputObject })
    if ($differences) { throw "$($Block.File):$($Block.Output.Line): the run shows something else.`n$($differences -join "`n")" }
}

<#
.SYNOPSIS
    Runs the blocks of a session one after the other and gives the output of each. Fails on an error that no block announces.
#>
function Invoke-DocSession {
    [CmdletBinding()]
    param($Session)

    $folder = [System.IO.Directory]::CreateDirectory((Join-Path ([System.IO.Path]::GetTempPath()) "doc-$([guid]::NewGuid().ToString('N').Substring(0, 8))")).FullName
    Copy-Item -Path (Join-Path $material '*') -Destination $folder -Recurse
    $ports = @{ '8080' = Get-FreePort; '7000' = Get-FreePort }
    $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    try {
        $runspace.Open()
        $prepare = [powershell]::Create($runspace).AddScript("Set-Location -LiteralPath '$folder'; Import-Module Cluster; . ./session.ps1")
        $null = Wait-Pipeline $prepare 'The preparation'
        if ($prepare.Streams.Error) { throw "The preparation failed: $($prepare.Streams.Error)" }
        $prepare.Dispose()
        foreach ($block in $Session.Blocks) {
            $place = "$($block.File):$($block.Line)"
            if ('parse' -in $block.Words -or 'save' -in $block.Words) {
                $problems = $null
                $null = [System.Management.Automation.Language.Parser]::ParseInput($block.Text, [ref] $null, [ref] $problems)
                if ($problems) { throw "$($place): $($problems[0].Message)" }
            }
            if ('parse' -in $block.Words) { continue }
            $name = $block.Lines[0] -match '^# ([\w-]+\.psm?1)\b' ? $Matches[1] : 'block.ps1'
            $file = Join-Path $folder $name
            $text = $block.Text -replace '\b(8080|7000)\b', { $ports[$_.Value] } -replace 'Import-Module \./module/Cluster\.psd1', 'Import-Module Cluster'
            [System.IO.File]::WriteAllText($file, $text)
            if ('save' -in $block.Words) {
                if ($name -eq 'block.ps1') { throw "$($place): the first line of a block that is saved is to be '# name.ps1'." }
                continue
            }
            $pipeline = [powershell]::Create($runspace).AddScript(". '$file'")
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            try {
                $output = @(Wait-Pipeline $pipeline $place -Endless:('endless' -in $block.Words))
                $output
                if ($pipeline.Streams.Error.Count -and 'errors' -notin $block.Words) {
                    throw "$($place): $($pipeline.Streams.Error | Out-String)"
                }
                if (-not $pipeline.Streams.Error.Count -and 'errors' -in $block.Words) {
                    throw "$($place): the block is to write an error, and writes none."
                }
                if ($block.Output) {
                    Assert-DocOutput $block ($output + @($pipeline.Streams.Information) + @($pipeline.Streams.Warning | ForEach-Object { "WARNING: $_" }) + @($pipeline.Streams.Error))
                }
            }
            finally {
                Write-Verbose "$place took $($clock.ElapsedMilliseconds) ms."
                $pipeline.Dispose()
            }
        }
    }
    finally {
        $cleanup = [powershell]::Create($runspace).AddScript('Get-ClusterMaster | Stop-ClusterMaster -Force; Set-Location /')
        $null = Wait-Pipeline $cleanup 'The clean-up'
        $cleanup.Dispose()
        $runspace.Dispose()
        [System.IO.Directory]::Delete($folder, $true)
        # A pwsh that was entered and ends at the same time may leave its own pipe.
        Get-ChildItem ([System.IO.Path]::GetTempPath()) -Filter 'CoreFxPipe_PSHost.*' |
            Where-Object { -not (Get-Process -Id ($_.Name -split '\.')[2] -ErrorAction Ignore) } | Remove-Item
    }
}

Export-ModuleMember -Function Get-AboutSession, Get-DocBlock, Get-DocSession, Install-DocModule, Invoke-DocSession, Uninstall-DocModule
