# Every PowerShell block of the README and of docs/ does what a reader who copies it expects: it runs, writes no error that the
# text does not announce, and shows what the text says that it shows. What the blocks take for granted is in Files/docs. Blocks of other
# languages are checked as far as that goes without what they are for; links lead somewhere. The blocks of the tutorial and the cookbook run in
# DocsGuides.Tests.ps1.
# In a process of its own: an assembly is where it was loaded from first, and here that is a folder for the examples.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $files = @(Get-Item "$root/README.md", "$root/CONTRIBUTING.md", "$root/docs/*.md" | ForEach-Object { @{ page = $_.Name; path = $_.FullName } })
    $pages = @($files | ForEach-Object {
        @{ page = $_.page; sessions = @(Get-DocSession $_.path | ForEach-Object { @{ title = $_.Title; session = $_ } }) }
    } | Where-Object { $_.sessions.Count -and $_.page -notin 'tutorial.md', 'cookbook.md' })
    $hasSystemd = [bool](Get-Command systemd-analyze -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    Install-DocModule
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $blocks = @(Get-Item "$root/README.md", "$root/CONTRIBUTING.md", "$root/docs/*.md" | ForEach-Object { Get-DocBlock $_.FullName })

    # What becomes of a block, by its language.
    $languages = @{
        powershell = 'run below'
        text       = 'shown output; with the word output it is compared with the run'
        json       = 'read below, line by line'
        sh         = 'looked up below in what the workflow runs'
        console    = 'typed while working on the project: not run'
        ini        = 'verified below by systemd'
        yaml       = 'a workflow of the reader''s: not run'
        dockerfile = 'a container of the reader''s: not built'
        csharp     = 'part of a program: HttpServerOwnProgram.Tests.ps1 has all of it'
        ''         = 'the table of layers in architecture.md, which LayerTests reads'
    }
    # Commands of the shell that no test runs, and why.
    $notRun = @{
        'dotnet run --project src/ClusterHost'                                              = 'a prompt'
        'dotnet tool install --global dotnet-trace'                                         = 'downloads'
        'dotnet-trace collect -p PROCESSID --duration 00:00:10 --format speedscope'          = 'needs the tool'
    }

    # The anchors of a page, as GitHub makes them of its headings.
    function Get-Anchor([string] $Path) {
        [System.IO.File]::ReadLines($Path) | Where-Object { $_ -match '^#+\s+(.*)$' } | ForEach-Object {
            $Matches[1].ToLowerInvariant() -replace '[^\w\- ]', '' -replace ' ', '-'
        }
    }
}

AfterAll {
    Uninstall-DocModule
}

Describe 'The blocks of <page>' -ForEach $pages {
    It '<title>' -ForEach $sessions {
        $null = Invoke-DocSession $session
    }
}

Describe 'The other blocks' {
    It 'have a language that is accounted for' {
        $blocks | Where-Object { -not $languages.ContainsKey($_.Language) } | ForEach-Object { "$($_.File):$($_.Line): $($_.Language)" } | Should -BeNullOrEmpty
        $blocks | Where-Object { -not $_.Language -and $_.File -ne 'architecture.md' } | ForEach-Object { "$($_.File):$($_.Line)" } | Should -BeNullOrEmpty
    }

    It 'in sh are commands that the workflow runs, too' {
        $workflow = @([System.IO.Directory]::GetFiles("$root/.github/workflows") | ForEach-Object { [System.IO.File]::ReadAllText($_) }) -join "`n"
        $lines = @($blocks | Where-Object Language -EQ 'sh' | ForEach-Object Lines | Where-Object { $_ })
        $lines | Should -Contain 'dotnet run --project src/ClusterHost -- build.ps1 -Task Test'
        $lines | Where-Object { -not $notRun.ContainsKey($_) -and -not $workflow.Contains("- run: $_`n") } | Should -BeNullOrEmpty
    }

    It 'in json are JSON, line by line' {
        foreach ($block in $blocks | Where-Object Language -EQ 'json') {
            foreach ($line in $block.Lines) { { $line | ConvertFrom-Json } | Should -Not -Throw -Because "$($block.File):$($block.Line)" }
        }
    }

    It 'in ini are units that systemd takes' -Skip:(-not $hasSystemd) {
        $folder = [System.IO.Directory]::CreateTempSubdirectory('units-').FullName
        try {
            $units = @($blocks | Where-Object Language -EQ 'ini' | ForEach-Object {
                $file = "$folder/$($_.Words[0])"
                # PowerShell and the folder of the script are elsewhere on this machine.
                [System.IO.File]::WriteAllText($file, ($_.Text -replace '/usr/bin/pwsh', "$PSHOME/pwsh") + "`n")
                $file
            })
            $units.Count | Should -Be 3
            $said = & systemd-analyze verify --man=no @units 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "$said"
            $said | Should -BeNullOrEmpty
        }
        finally {
            [System.IO.Directory]::Delete($folder, $true)
        }
    }
}

Describe 'The text of <page>' -ForEach $files {
    It 'has no indented block, which no rule above would see' {
        $isInside = $false
        $before = ''
        $indented = foreach ($line in [System.IO.File]::ReadLines($path)) {
            if ($line.StartsWith('```')) { $isInside = -not $isInside }
            if (-not $isInside -and -not $before -and $line -match '^ {4}\S') { $line }
            $before = $line
        }
        $indented | Should -BeNullOrEmpty
    }

    It 'has no link into nothing' {
        $folder = [System.IO.Path]::GetDirectoryName($path)
        $broken = foreach ($match in [regex]::Matches([System.IO.File]::ReadAllText($path), '\]\(([^)\s]+)\)')) {
            $target, $anchor = $match.Groups[1].Value -split '#', 2
            if ($target -match '^\w+:') { continue }
            $file = $target ? [System.IO.Path]::GetFullPath($target, $folder) : $path
            if (-not [System.IO.Path]::Exists($file)) { "$target is not there" }
            elseif ($anchor -and $anchor -notin (Get-Anchor $file)) { "$target has no #$anchor" }
        }
        $broken | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
