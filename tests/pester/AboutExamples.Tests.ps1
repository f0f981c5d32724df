# The examples of the about topics, which Get-Help shows: each runs as it stands. What they take for granted is in Files/docs.
# In a process of its own: an assembly is where it was loaded from first, and here that is a folder for the examples.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    $topics = @(Get-Item "$PSScriptRoot/../../module/en-US/about_*.help.txt" | ForEach-Object {
        @{ topic = $_.Name; sessions = @(Get-AboutSession $_.FullName | ForEach-Object { @{ title = $_.Title; session = $_ } }) }
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

Describe '<topic>' -ForEach $topics {
    It '<title>' -ForEach $sessions {
        $null = Invoke-DocSession $session
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
