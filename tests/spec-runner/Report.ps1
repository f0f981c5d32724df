# What happens around blocks and tests, how it is counted, and what is shown.

function Write-SpecLine($Result, [string] $Text) {
    if (-not $Result.Quiet) {
        [System.Console]::Out.WriteLine($Text)
    }
}

function Get-SpecDepth($Item) {
    $depth = 0
    for ($block = $Item.Parent; $block; $block = $block.Parent) {
        $depth++
    }
    $depth
}

function Get-SpecPath($Item) {
    $names = [System.Collections.Generic.List[string]]::new()
    for ($step = $Item; $step -and -not ($step.Kind -eq 'Block' -and $step.IsRoot); $step = $step.Parent) {
        $names.Insert(0, $step.Title)
    }
    $names -join '.'
}

function Enter-SpecBlock($Context, $Item, $Failure) {
    $Item.Entries = @(Get-TestDriveEntry $Context.Drive)
    Test-SpecRuns $Item
}

function Show-SpecBlock($Context, $Item, $Failure) {
    if (-not $Item.IsRoot) {
        Write-SpecLine $Context.Result ((' ' * 2 * (Get-SpecDepth $Item)) + $Item.Title)
    }
}

function Exit-SpecBlock($Context, $Item, $Failure) {
    if ($Failure) {
        $name = if ($Item.IsRoot) { 'the file' } else { Get-SpecPath $Item }
        Add-SpecFailure $Context.Result "BeforeAll or AfterAll of $name" $Failure $Context.File
    }
    Clear-TestDrive $Context.Drive $Item.Entries
}

function Enter-SpecTest($Context, $Item, $Failure) {
    $Context.Test = $Item
    $Context.Clock.Restart()
    @{ Before = Get-SpecEach $Item BeforeEach; After = Get-SpecEach $Item AfterEach }
}

function Complete-SpecTest($Context, $Item, $Failure) {
    $Context.Test = $null
    $milliseconds = $Context.Clock.ElapsedMilliseconds
    $indent = ' ' * 2 * (Get-SpecDepth $Item)
    if ($Item.Skip) {
        $Context.Result.Skipped++
        Write-SpecLine $Context.Result "$indent[!] $($Item.Title)"
    }
    elseif (-not $Failure) {
        $Context.Result.Passed++
        Write-SpecLine $Context.Result "$indent[+] $($Item.Title) ${milliseconds}ms"
    }
    elseif ($Failure.FullyQualifiedErrorId -like 'SpecTestSkipped*') {
        $Context.Result.Skipped++
        Write-SpecLine $Context.Result "$indent[!] $($Item.Title) $($Failure.Exception.Message)"
    }
    else {
        Write-SpecLine $Context.Result "$indent[-] $($Item.Title) ${milliseconds}ms"
        Add-SpecFailure $Context.Result (Get-SpecPath $Item) $Failure $Context.File
    }
}

# The tests under a block whose BeforeAll failed: all selected ones fail, skipped ones stay skipped.
function Complete-SpecUnrun($Context, $Item, $Failure) {
    if ($Item.Kind -eq 'Test') {
        if ($Item.Selected) {
            Complete-SpecTest $Context $Item $Failure
        }
        return
    }
    foreach ($child in $Item.Children) {
        Complete-SpecUnrun $Context $child $Failure
    }
}

function Add-SpecFailure($Result, [string] $Name, $ErrorRecord, [string] $File) {
    $line = Find-SpecLine $ErrorRecord $File
    $place = if ($line) { "${File}:$line" } else { $File }
    $Result.Failed++
    $Result.Failures.Add([pscustomobject]@{ Name = $Name; Place = $place; Message = $ErrorRecord.Exception.Message; ErrorRecord = $ErrorRecord })
    Write-SpecLine $Result "      $($ErrorRecord.Exception.Message.Replace("`n", "`n      "))"
    Write-SpecLine $Result "      at $place ($($ErrorRecord.FullyQualifiedErrorId))"
}

# The line of the spec file where an error came from: the innermost of its stack.
function Find-SpecLine($ErrorRecord, [string] $File) {
    $pattern = [regex]::Escape($File) + ': line (\d+)'
    if ("$($ErrorRecord.ScriptStackTrace)" -match $pattern) {
        return $Matches[1]
    }
    $invocation = $ErrorRecord.InvocationInfo
    if ($invocation -and $invocation.ScriptName -eq $File) {
        return $invocation.ScriptLineNumber
    }
    if ($ErrorRecord.Exception -is [System.Management.Automation.ParseException] -and $ErrorRecord.Exception.Errors) {
        return $ErrorRecord.Exception.Errors[0].Extent.StartLineNumber
    }
}

function Write-SpecSummary($Result) {
    if ($Result.Failures.Count -gt 0) {
        Write-SpecLine $Result "`nFailures:"
        foreach ($failure in $Result.Failures) {
            Write-SpecLine $Result "  [-] $($failure.Name)`n      $($failure.Place)"
        }
    }
    Write-SpecLine $Result "`nSpecs: $($Result.Passed) passed, $($Result.Failed) failed, $($Result.Skipped) skipped"
}
