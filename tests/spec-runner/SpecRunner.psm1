# Discovery fills a tree of blocks and tests; the run walks it. Everything that is not known is an error: a command or
# parameter that only real Pester has fails the test or the file that uses it.

$script:discovery = $null
$script:running = $null

foreach ($part in 'Grammar', 'Tree', 'Report', 'Assertions', 'Should', 'TestDrive') {
    . (Join-Path $PSScriptRoot "$part.ps1")
}

# Unbound script blocks: they run in the session state of the spec file, where its variables live.
$script:code = @{}
foreach ($name in 'RunBlock', 'RunTest', 'SetData', 'ExpandTitle') {
    $path = Join-Path $PSScriptRoot "scoped/$name.ps1"
    $errors = $null
    $ast = [System.Management.Automation.Language.Parser]::ParseFile($path, [ref] $null, [ref] $errors)
    if ($errors) {
        throw [System.Management.Automation.ParseException]::new($errors)
    }
    $script:code[$name] = $ast.GetScriptBlock()
}

<#
.SYNOPSIS
    Runs spec files and returns the counts and the failures.
#>
function Invoke-Spec {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string[]] $Path,

        # Only tests whose full name (Describe.Context.It) is like one of these.
        [string[]] $Filter,

        # Only tests that have, or whose blocks have, one of these tags.
        [string[]] $Tag,

        [string[]] $ExcludeTag,

        # Returns the result without showing anything.
        [switch] $Quiet
    )
    $outer = $script:discovery, $script:running
    $result = [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0; Failures = [System.Collections.Generic.List[object]]::new(); Quiet = [bool] $Quiet }
    $selection = @{ Filter = $Filter; Tag = $Tag; ExcludeTag = $ExcludeTag }
    try {
        foreach ($file in Resolve-Path -Path $Path -ErrorAction Stop) {
            Invoke-OneSpec -File $file.ProviderPath -State $PSCmdlet.SessionState -Selection $selection -Result $result
        }
    }
    finally {
        $script:discovery, $script:running = $outer
    }
    Write-SpecSummary $result
    $result
}

function Invoke-OneSpec {
    param([string] $File, $State, [hashtable] $Selection, $Result)

    Write-SpecLine $Result "`n$File"
    $root = New-SpecBlock -Name '' -Parent $null
    $root.IsRoot = $true
    $before = $Result.Passed + $Result.Failed + $Result.Skipped
    try {
        $script:discovery = @{ Block = $root; State = $State }
        $script:running = $null
        Invoke-InState $State { param($__File) & $__File } $File
    }
    catch {
        Add-SpecFailure $Result "$File (discovery)" (Get-InnerError $_) $File
        return
    }
    finally {
        $script:discovery = $null
    }
    Select-SpecTest $root $Selection
    $drive = New-TestDrive
    try {
        $context = @{
            RunBlock    = $script:code.RunBlock
            RunTest     = $script:code.RunTest
            SetData     = $script:code.SetData
            ExpandTitle = $script:code.ExpandTitle
            TestDrive   = $drive
            Code        = { param($Name, $Item, $Failure) & $Name -Context $script:running -Item $Item -Failure $Failure }
        }
        $script:running = @{ Result = $Result; File = $File; Test = $null; Drive = $drive; Clock = [System.Diagnostics.Stopwatch]::new() }
        Invoke-InState $State { param($__Spec, $__Root) & $__Spec.RunBlock $__Spec $__Root } $context, $root
    }
    catch {
        # Nothing that a test does ends here: the run itself failed.
        Add-SpecFailure $Result "$File (run)" (Get-InnerError $_) $File
    }
    finally {
        $script:running = $null
        Remove-TestDrive $drive
    }
    if ($Result.Passed + $Result.Failed + $Result.Skipped -eq $before) {
        $message = if ($Selection.Filter -or $Selection.Tag -or $Selection.ExcludeTag) { '  no test selected' } else { '  NO TEST in this file' }
        Write-SpecLine $Result $message
    }
}

# Runs a script block in the session state of the spec file, whose errors come back wrapped.
function Invoke-InState($State, [scriptblock] $Block, [object[]] $Arguments) {
    $unbound = $Block.Ast.GetScriptBlock()
    $null = $ExecutionContext.InvokeCommand.InvokeScript($State, $unbound, $Arguments)
}

function Get-InnerError($ErrorRecord) {
    $exception = $ErrorRecord.Exception
    while ($exception -is [System.Management.Automation.MethodInvocationException] -and $exception.InnerException) {
        $exception = $exception.InnerException
    }
    if ($exception -is [System.Management.Automation.IContainsErrorRecord]) {
        return $exception.ErrorRecord
    }
    $ErrorRecord
}
