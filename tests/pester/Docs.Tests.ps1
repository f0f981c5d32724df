# Every PowerShell block of the README and of docs/ does what a reader who copies it expects: it runs, and writes no error that the
# text does not announce. What the blocks take for granted is in Files/docs.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $pages = @(Get-Item "$root/README.md", "$root/docs/*.md" | ForEach-Object {
        @{ page = $_.Name; sessions = @(Get-DocSession $_.FullName | ForEach-Object { @{ title = $_.Title; session = $_ } }) }
    } | Where-Object { $_.sessions.Count })
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    Install-DocModule
}

AfterAll {
    Uninstall-DocModule
}

Describe 'The blocks of <page>' -ForEach $pages {
    It '<title>' -ForEach $sessions {
        $null = Invoke-DocSession $session
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
