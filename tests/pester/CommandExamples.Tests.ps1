# The examples of the commands, which Get-Help shows: each runs as it stands. What they take for granted is in Files/docs.
# In a process of its own: an assembly is where it was loaded from first, and here that is a folder for the examples.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    $pages = @(Get-Item "$PSScriptRoot/../../docs/commands/*.md" | ForEach-Object {
        @{ command = $_.BaseName; sessions = @(Get-DocSession $_.FullName | ForEach-Object { @{ title = $_.Blocks[0].Heading; session = $_ } }) }
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
