# The examples that Get-Help shows, of the commands and of the about topics: each runs as it stands. What they take for granted is in
# Files/docs.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    $pages = @(Get-Item "$PSScriptRoot/../../docs/commands/*.md" | ForEach-Object {
        @{ command = $_.BaseName; sessions = @(Get-DocSession $_.FullName | ForEach-Object { @{ title = $_.Blocks[0].Heading; session = $_ } }) }
    })
    $pages += @(Get-Item "$PSScriptRoot/../../module/en-US/about_*.help.txt" | ForEach-Object {
        @{ command = $_.Name; sessions = @(Get-AboutSession $_.FullName | ForEach-Object { @{ title = $_.Title; session = $_ } }) }
    })
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    Install-DocModule
}

AfterAll {
    Uninstall-DocModule
}

Describe '<command>' -ForEach $pages {
    It '<title>' -ForEach $sessions {
        $null = Invoke-DocSession $session
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
