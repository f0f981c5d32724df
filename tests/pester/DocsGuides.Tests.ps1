# The tutorial and the cookbook, run as a reader would: see Docs.Tests.ps1, which has the other pages. And what the cookbook says of signals.
# In a process of its own: an assembly is where it was loaded from first, and here that is a folder for the examples.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/DocHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $pages = @(Get-Item "$root/docs/tutorial.md", "$root/docs/cookbook.md" | ForEach-Object {
        @{ page = $_.Name; sessions = @(Get-DocSession $_.FullName | ForEach-Object { @{ title = $_.Title; session = $_ } }) }
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

Describe 'The blocks of <page>' -ForEach $pages {
    It '<title>' -ForEach $sessions {
        $null = Invoke-DocSession $session
    }
}

Describe 'Signals, as the cookbook has them' {
    It 'SIGINT runs the finally block of the master, in which its workers finish what they have' -Skip:$IsWindows {
        $log = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
        $module = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../module/Cluster.psd1")
        $run = Start-HostScript "$PSScriptRoot/Files/drains-on-interrupt.ps1" $module, $log
        try {
            Read-HostScript $run | Should -Be 'ready'
            Send-ProcessSignal $run.Process.Id INT
            $run.Process.WaitForExit(60000) | Should -BeTrue
            $run.Process.ExitCode | Should -Be 0
            [System.IO.File]::ReadAllLines($log) | Should -Be 'done work', 'drained', 'stopped'
        }
        finally {
            Stop-HostScript $run
            [System.IO.File]::Delete($log)
            [System.IO.File]::Delete("$log.stopping")
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
