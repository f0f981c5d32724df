# Every command meets every convention, and the page that says so is the tool's.

BeforeDiscovery {
    $rows = @(& "$PSScriptRoot/../../tools/Get-CommandConvention.ps1" | ForEach-Object { @{ command = $_.Command; row = $_ } })
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
}

Describe 'The conventions' {
    It 'are met by <command>' -ForEach $rows {
        $row.PSObject.Properties | Where-Object Name -NE Command | Where-Object { $_.Value -notmatch '^(yes|-( \(.*\))?)$' } |
            ForEach-Object { "$($_.Name): $($_.Value)" } | Should -BeNullOrEmpty
    }

    It 'are asked of every command' -ForEach @{ names = @($rows.command) } {
        $names | Should -Be @((Import-PowerShellDataFile "$root/module/Cluster.psd1").CmdletsToExport | Sort-Object)
    }

    It 'are on docs/conventions.md as the tool writes them' {
        @(Get-Content "$root/docs/conventions.md") | Should -Be @(& "$root/tools/Get-CommandConvention.ps1" -AsMarkdown)
    }
}

Describe 'Every error id' {
    It 'is explained in docs/errors.md' {
        $ids = [regex]::Matches([System.IO.File]::ReadAllText("$root/src/ClusterCmdlets/Contracts/ClusterErrorId.cs"), '(?<=const string )\w+').Value
        $ids.Count | Should -BeGreaterThan 50
        $page = [System.IO.File]::ReadAllText("$root/docs/errors.md")
        $ids | Where-Object { $page -cnotmatch "\b$_\b" } | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
