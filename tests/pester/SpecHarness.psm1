# What every spec file shares.
#
#   BeforeAll { Import-Module "$PSScriptRoot/SpecHarness.psm1" }
#   ...
#   Describe 'Afterwards' { It 'nothing is left' { Assert-NothingLeft } }      # the last block of the file

# The pairs of process id and parent id of this machine.
function Get-ProcessParent {
    if ($IsLinux) {
        foreach ($folder in [System.IO.Directory]::GetDirectories('/proc')) {
            $id = 0
            if (-not [int]::TryParse([System.IO.Path]::GetFileName($folder), [ref] $id)) {
                continue
            }
            try {
                $stat = [System.IO.File]::ReadAllText("$folder/stat")
            }
            catch [System.IO.IOException] {
                # The process went away while we looked.
                continue
            }
            # The name in parentheses may hold spaces and parentheses itself.
            $fields = $stat.Substring($stat.LastIndexOf(')') + 2).Split(' ')
            [pscustomobject]@{ Id = $id; ParentId = [int] $fields[1]; Name = $stat.Substring($stat.IndexOf('(') + 1, $stat.LastIndexOf(')') - $stat.IndexOf('(') - 1) }
        }
    }
    elseif ($IsMacOS) {
        foreach ($line in & /bin/ps -axo 'pid=,ppid=,comm=') {
            if ($line -match '^\s*(\d+)\s+(\d+)\s+(.*)$' -and $Matches[3] -ne '/bin/ps') {
                [pscustomobject]@{ Id = [int] $Matches[1]; ParentId = [int] $Matches[2]; Name = $Matches[3] }
            }
        }
    }
    else {
        $searcher = [System.Management.ManagementObjectSearcher]::new('SELECT ProcessId, ParentProcessId, Name FROM Win32_Process')
        foreach ($item in $searcher.Get()) {
            [pscustomobject]@{ Id = [int] $item['ProcessId']; ParentId = [int] $item['ParentProcessId']; Name = $item['Name'] }
        }
    }
}

<#
.SYNOPSIS
    The living descendants of this process, or of another one.
#>
function Get-DescendantProcess {
    param([int] $Id = $PID)

    $all = @(Get-ProcessParent)
    $known = [System.Collections.Generic.HashSet[int]]::new()
    $null = $known.Add($Id)
    do {
        $count = $known.Count
        foreach ($item in $all) {
            if ($item.Id -gt 0 -and $known.Contains($item.ParentId)) {
                $null = $known.Add($item.Id)
            }
        }
    } while ($known.Count -gt $count)
    $all | Where-Object { $_.Id -ne $Id -and $known.Contains($_.Id) }
}

# The pipe folders of clusters in the temp directory.
function Get-ClusterEntry {
    [System.IO.Directory]::GetFileSystemEntries([System.IO.Path]::GetTempPath(), 'cluster-*')
}

$script:entriesBefore = @(Get-ClusterEntry)
$script:processesBefore = @(Get-DescendantProcess | ForEach-Object Id)

<#
.SYNOPSIS
    Fails if a process or a file that was not there when this module was imported is still there after some seconds.
#>
function Assert-NothingLeft {
    [CmdletBinding()]
    param([double] $TimeoutSec = 5)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $processes = @(Get-DescendantProcess | Where-Object Id -NotIn $script:processesBefore)
        $entries = @(Get-ClusterEntry | Where-Object { $_ -notin $script:entriesBefore })
        if ($processes.Count + $entries.Count -eq 0) {
            return
        }
        Start-Sleep -Milliseconds 50
    } while ($clock.Elapsed.TotalSeconds -lt $TimeoutSec)
    $names = @($processes | ForEach-Object { "process $($_.Id) ($($_.Name))" }) + $entries
    throw "Still there: $($names -join ', ')"
}

<#
.SYNOPSIS
    The PowerShell that runs this spec, as a program. Its process may have another one: that of a .NET tool is dotnet's.
#>
function Get-HostProgram {
    Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
}

# Whether this process ignores SIGINT or SIGQUIT, as do those that a shell without job control starts in its background. Children
# inherit it.
function Test-KeyboardSignalIgnored {
    $IsLinux -and [System.IO.File]::ReadAllText('/proc/self/status') -match 'SigIgn:\s*([0-9a-f]+)' -and ([Convert]::ToUInt64($Matches[1], 16) -band 6) -ne 0
}

<#
.SYNOPSIS
    Starts a script in a process of its own, under the same host as this spec; -Through is a command that runs the one which follows it. End it
    with Stop-HostScript.
#>
function Start-HostScript {
    param([string] $Path, [string[]] $ArgumentList = @(), [hashtable] $Environment = @{}, [string[]] $Through = @())

    $command = $Through
    if (Test-KeyboardSignalIgnored) {
        $command += '/usr/bin/env', '--default-signal=INT,QUIT'
    }
    $command += @((Get-HostProgram), '-NoProfile', '-NonInteractive', '-File', $Path) + $ArgumentList
    $program, $rest = $command
    $start = [System.Diagnostics.ProcessStartInfo]::new($program)
    foreach ($argument in $rest) {
        $start.ArgumentList.Add($argument)
    }
    # A pwsh that is killed leaves the pipe behind by which it can be entered.
    $start.Environment['POWERSHELL_DIAGNOSTICS_OPTOUT'] = '1'
    foreach ($name in $Environment.Keys) {
        $start.Environment[$name] = $Environment[$name]
    }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{ Process = $process; Errors = $process.StandardError.ReadToEndAsync() }
}

<#
.SYNOPSIS
    The next line that a script of Start-HostScript writes; an error if there is none in time.
#>
function Read-HostScript {
    param($HostScript, [double] $TimeoutSec = 60)

    $task = $HostScript.Process.StandardOutput.ReadLineAsync()
    if (-not $task.Wait([timespan]::FromSeconds($TimeoutSec))) {
        throw "The script wrote nothing within $TimeoutSec s."
    }
    if ($null -eq $task.Result) {
        $null = $HostScript.Process.WaitForExit(10000)
        throw "The script ended with exit code $($HostScript.Process.ExitCode). It wrote to stderr: $($HostScript.Errors.Result)"
    }
    $task.Result
}

<#
.SYNOPSIS
    Ends what Start-HostScript started, if it is still there.
#>
function Stop-HostScript {
    param($HostScript)

    if ($HostScript) {
        if (-not $HostScript.Process.HasExited) {
            $HostScript.Process.Kill($true)
            $null = $HostScript.Process.WaitForExit(10000)
        }
        $HostScript.Process.Dispose()
    }
}

<#
.SYNOPSIS
    Sends a Unix signal to a process that a spec has started.
#>
function Send-ProcessSignal {
    param([int] $Id, [string] $Signal)

    & /bin/sh -c "kill -$Signal $Id"
}

<#
.SYNOPSIS
    Whether a process runs. One that has ended and that nobody has asked about yet (a zombie) does not.
#>
function Test-ProcessAlive {
    param([int] $Id)

    if ($IsLinux) {
        try {
            $stat = [System.IO.File]::ReadAllText("/proc/$Id/stat")
        }
        catch [System.IO.IOException] {
            return $false
        }
        return $stat[$stat.LastIndexOf(')') + 2] -notin [char]'Z', [char]'X'
    }
    if ($IsMacOS) {
        $state = "$(& /bin/ps -o stat= -p $Id)".Trim()
        return $state -and -not $state.StartsWith('Z')
    }
    try {
        -not [System.Diagnostics.Process]::GetProcessById($Id).HasExited
    }
    catch [System.ArgumentException] {
        $false
    }
}

<#
.SYNOPSIS
    Waits until processes have ended. Returns a hashtable: id to the milliseconds it took, or null if it is still there.
#>
function Wait-ProcessEnd {
    param([int[]] $Id, [double] $TimeoutSec = 30)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $ended = @{}
    foreach ($one in $Id) {
        $ended[$one] = $null
    }
    do {
        $left = @($Id | Where-Object { $null -eq $ended[$_] })
        foreach ($one in $left) {
            if (-not (Test-ProcessAlive $one)) {
                $ended[$one] = $clock.ElapsedMilliseconds
            }
        }
        if ($left.Count -gt 0) {
            Start-Sleep -Milliseconds 20
        }
    } while ($left.Count -gt 0 -and $clock.Elapsed.TotalSeconds -lt $TimeoutSec)
    $ended
}

Export-ModuleMember -Function Get-DescendantProcess, Assert-NothingLeft, Get-HostProgram, Start-HostScript, Read-HostScript,
    Stop-HostScript, Send-ProcessSignal, Test-ProcessAlive, Wait-ProcessEnd
