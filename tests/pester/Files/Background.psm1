# A pipeline in a runspace of its own, which has imported the module: it can be stopped as Ctrl+C stops one, and its
# streams can be looked at apart. It is given masters and workers as objects, since names are known per session.

$script:module = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../../module/Cluster.psd1")
$script:patience = 30000

function Start-Background {
    param(
        [Parameter(Mandatory)] [scriptblock] $Script,
        [object[]] $ArgumentList = @()
    )
    $state = [initialsessionstate]::CreateDefault2()
    $state.ImportPSModule([string[]] $script:module)
    $shell = [powershell]::Create($state)
    $null = $shell.AddScript($Script.ToString())
    foreach ($argument in $ArgumentList) {
        $null = $shell.AddArgument($argument)
    }
    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $nothing.Complete()
    $run = $shell.BeginInvoke($nothing, $output)
    [pscustomobject]@{ Shell = $shell; Output = $output; Streams = $shell.Streams; Run = $run }
}

# Waits for the end; throws what the pipeline threw.
function Wait-Background {
    param([Parameter(Mandatory)] $Background)

    if (-not $Background.Run.AsyncWaitHandle.WaitOne($script:patience)) {
        throw 'The background pipeline has not ended in time.'
    }
    $null = $Background.Shell.EndInvoke($Background.Run)
}

# Waits until the pipeline has written so many objects.
function Wait-BackgroundOutput {
    param([Parameter(Mandatory)] $Background, [int] $Count = 1)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($Background.Output.Count -lt $Count) {
        if ($clock.ElapsedMilliseconds -gt $script:patience -or $Background.Run.IsCompleted) {
            throw "The background pipeline has written $($Background.Output.Count) objects, not $Count."
        }
        [System.Threading.Thread]::Sleep(1)
    }
}

# What Ctrl+C does; returns the state of the pipeline after it.
function Stop-Background {
    param([Parameter(Mandatory)] $Background)

    $stop = $Background.Shell.BeginStop($null, $null)
    if (-not $stop.AsyncWaitHandle.WaitOne($script:patience)) {
        throw 'The background pipeline could not be stopped in time.'
    }
    "$($Background.Shell.InvocationStateInfo.State)"
}

function Remove-Background {
    param([Parameter(Mandatory)] $Background)

    $Background.Shell.Dispose()
}

Export-ModuleMember -Function Start-Background, Wait-Background, Wait-BackgroundOutput, Stop-Background, Remove-Background
