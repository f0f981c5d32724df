# The examples of the parallel map: each gives what one worker or none would have given.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $pester = [System.IO.Path]::Combine((Get-Module Pester).ModuleBase, 'Pester.psd1')

    # Runs a script to its end and gives its lines and its exit code.
    function Invoke-Script([string] $Path, [string[]] $ArgumentList = @()) {
        $run = Start-HostScript -Path $Path -ArgumentList $ArgumentList
        try {
            $reading = $run.Process.StandardOutput.ReadToEndAsync()
            if (-not $run.Process.WaitForExit(120000)) { throw "$Path does not end." }
            [pscustomobject]@{ Lines = @($reading.Result -split '\r?\n' | Where-Object { $_ }); ExitCode = $run.Process.ExitCode }
        }
        finally {
            Stop-HostScript $run
        }
    }
    $examples = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../examples")
    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
    $null = [System.IO.Directory]::CreateDirectory("$folder/specs/below")
}

AfterAll {
    [System.IO.Directory]::Delete($folder, $true)
}

Describe 'word-count.ps1' {
    It 'counts words, and different ones, as a run of one file after the other does' {
        $null = [System.IO.Directory]::CreateDirectory("$folder/texts")
        foreach ($number in 1..30) {
            [System.IO.File]::WriteAllText("$folder/texts/$number.md", ("One one`n-- 12 don't 3 " + "été`n") * $number)
        }
        $run = Invoke-Script "$examples/word-count.ps1" '-Path', "$folder/texts"
        $run.ExitCode | Should -Be 0
        $run.Lines[1] | Should -Match '^\s+120 words,\s+3 different\s+.*[/\\]30\.md$'
        $run.Lines[-3] | Should -Match '^1.860 words in 30 files$'
        $run.Lines[-1] | Should -Be 'Both counts agree.'
    }
}

Describe 'parallel-pester.ps1' {
    BeforeAll {
        $specs = @{
            'Passing.Tests.ps1'       = @'
Describe 'adding' { It 'adds' { 1 + 1 | Should -Be 2 } }
Describe 'passing' {
    Context 'cases' { It 'of <n> & "<n>"' -TestCases @{ n = 1 }, @{ n = 2 }, @{ n = 3 } { $n | Should -BeGreaterThan 0 } }
}
'@
            'Failing.Tests.ps1'       = @'
Describe 'failing' { It 'fails' { '<a>' | Should -Be '<b>' }; It 'passes' { }; It 'cannot say' { Set-ItResult -Inconclusive } }
Describe 'a block' { BeforeAll { throw 'The block fails.' }; It 'a' { }; It 'b' { } }
'@
            'below/Skipped.Tests.ps1' = @'
Describe 'skipped' -Skip { It 'a' { }; It 'b' { } }
Describe 'slow' -Tag Slow { It 'c' { } }
'@
            'Filtered.Tests.ps1'      = "Describe 'slow' -Tag Slow { It 'a' { } }"
            'Syntax.Tests.ps1'        = "Describe 'a' { It 'b' {"
            'Throwing.Tests.ps1'      = "throw 'It cannot be loaded.'; Describe 'a' { It 'b' { } }"
            'Setup.Tests.ps1'         = "BeforeAll { throw 'The file fails.' }; Describe 'a' { It 'b' { }; It 'c' { } }"
        }
        foreach ($name in $specs.Keys) { [System.IO.File]::WriteAllText("$folder/specs/$name", $specs[$name]) }

        [System.IO.File]::WriteAllText("$folder/plain.ps1", @'
param($Pester, $Path, $ReportPath)
Import-Module $Pester
$settings = New-PesterConfiguration @{
    Run        = @{ Path = $Path; PassThru = $true }
    Filter     = @{ ExcludeTag = 'Slow' }
    Output     = @{ Verbosity = 'None' }
}
$result = Invoke-Pester -Configuration $settings
$result | Export-NUnitReport -Path "$ReportPath-NUnitXml.xml"
$result | Export-JUnitReport -Path "$ReportPath-JUnitXml.xml"
'Tests Passed: {0}, Failed: {1}, Skipped: {2}, Inconclusive: {3}, NotRun: {4}' -f
    $result.PassedCount, $result.FailedCount, $result.SkippedCount, $result.InconclusiveCount, $result.NotRunCount
"BeforeAll \ AfterAll failed: $($result.FailedBlocksCount)"
"Container failed: $($result.FailedContainersCount)"
exit $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
'@)

        $plain = Invoke-Script "$folder/plain.ps1" $pester, "$folder/specs", "$folder/plain"

        # What a report says, without what differs from run to run; and whether it is one at all.
        function Get-ReportText([string] $Path, [string] $Format) {
            $schemas = [System.IO.Path]::Combine((Get-Module Pester).ModuleBase, 'schemas')
            $schema = $Format -eq 'JUnitXml' ? "$schemas/JUnit4/junit_schema_4.xsd" : "$schemas/NUnit25/nunit_schema_2.5.xsd"
            $report = [xml]::new()
            $report.Load($Path)
            $null = $report.Schemas.Add($null, $schema)
            $report.Validate($null)
            foreach ($node in $report.SelectNodes('//environment | //culture-info | //properties')) { $null = $node.ParentNode.RemoveChild($node) }
            foreach ($attribute in $report.SelectNodes('//@time | //@date')) { $null = $attribute.OwnerElement.RemoveAttributeNode($attribute) }
            # An empty element may be written in two ways.
            $report.OuterXml -replace '></(failure|skipped)>', ' />'
        }
    }

    It 'has the counts and the report of a plain run: <_>' -ForEach 'NUnitXml', 'JUnitXml' {
        $run = Invoke-Script "$examples/parallel-pester.ps1" '-Path', "$folder/specs", '-OutputPath', "$folder/$_.xml", '-OutputFormat', $_, '-ExcludeTag', 'Slow', '-PesterPath', $pester, '-WorkerCount', 2
        $run.ExitCode | Should -Be $plain.ExitCode
        $plain.Lines[0] | Should -Be 'Tests Passed: 5, Failed: 5, Skipped: 2, Inconclusive: 1, NotRun: 2'
        foreach ($line in $plain.Lines) { $run.Lines | Should -Contain $line }
        @($run.Lines | Where-Object { $_ -match '^\[[-+]\] ' }).Count | Should -Be 7
        ($run.Lines -join "`n") | Should -BeLike '*a block: The block fails.*'
        Get-ReportText "$folder/$_.xml" $_ | Should -Be (Get-ReportText "$folder/plain-$_.xml" $_)
    }

    It 'starts with the files that took longest, as the report of an earlier run says' {
        $null = [System.IO.Directory]::CreateDirectory("$folder/order")
        $suites = foreach ($number in 1..4) {
            $file = [System.IO.Path]::GetFullPath("$folder/order/$number.Tests.ps1")
            [System.IO.File]::WriteAllText($file, "Describe 'a' { It 'b' { } }")
            if ($number -ne 4) { "<testsuite name=`"$file`" time=`"$(@(0, 0.5, 20, 3)[$number])`" />" }
        }
        [System.IO.File]::WriteAllText("$folder/order.xml", "<testsuites>$suites</testsuites>")
        $run = Invoke-Script "$examples/parallel-pester.ps1" '-Path', "$folder/order", '-OutputPath', "$folder/order.xml", '-PesterPath', $pester, '-WorkerCount', 1
        $run.ExitCode | Should -Be 0
        # One that is not known may be long.
        @($run.Lines | ForEach-Object { if ($_ -match '(\d)\.Tests\.ps1') { $Matches[1] } }) | Should -Be '4', '2', '3', '1'
    }

    It 'counts a file whose worker dies as one that cannot be loaded, and runs the others' {
        $null = [System.IO.Directory]::CreateDirectory("$folder/deaths")
        [System.IO.File]::WriteAllText("$folder/deaths/Dies.Tests.ps1", "Describe 'a' { It 'b' { [System.IO.Directory]::Delete(`$TestDrive, `$true); [System.Diagnostics.Process]::GetCurrentProcess().Kill() } }")
        foreach ($number in 1..4) { [System.IO.File]::WriteAllText("$folder/deaths/$number.Tests.ps1", "Describe 'a' { It 'b' { } }") }
        $run = Invoke-Script "$examples/parallel-pester.ps1" '-Path', "$folder/deaths", '-OutputPath', "$folder/deaths.xml", '-OutputFormat', 'JUnitXml', '-PesterPath', $pester, '-WorkerCount', 2
        $run.ExitCode | Should -Be 1
        $run.Lines | Should -Contain 'Tests Passed: 4, Failed: 0, Skipped: 0, Inconclusive: 0, NotRun: 0'
        $run.Lines | Should -Contain 'Container failed: 1'
        $run.Lines[-1] | Should -BeLike '*Dies.Tests.ps1'
        $report = [xml]::new()
        $report.Load("$folder/deaths.xml")
        $report.DocumentElement.GetAttribute('errors') | Should -Be '1'
        $report.SelectNodes('//testcase').Count | Should -Be 4
    }

    It 'says that a folder has no tests' {
        $null = [System.IO.Directory]::CreateDirectory("$folder/empty")
        (Invoke-Script "$examples/parallel-pester.ps1" '-Path', "$folder/empty", '-PesterPath', $pester).ExitCode | Should -Be 1
    }
}

Describe 'examples of the map: afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
