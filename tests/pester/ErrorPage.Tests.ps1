# docs/errors.md has every id of the module, with its cause and what to do, and no other.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $rows = @(Get-Content "$PSScriptRoot/../../docs/errors.md" | Where-Object { $_ -match '^\| `' } | ForEach-Object {
        $cells = $_.Trim('|', ' ') -split '\s+\|\s+'
        [pscustomobject]@{ Id = $cells[0].Trim('`', ' '); Cause = $cells[1]; Remedy = $cells[2]; Cells = $cells.Count }
    })
    $ids = [Cluster.Contracts.ClusterErrorId].GetFields().Name
}

Describe 'docs/errors.md' {
    It 'has every id' {
        $ids | Where-Object { $_ -notin $rows.Id } | Should -BeNullOrEmpty
    }

    It 'has no other' {
        $rows.Id | Where-Object { $_ -notin $ids } | Should -BeNullOrEmpty
    }

    It 'has each once' {
        $rows.Id | Group-Object | Where-Object Count -GT 1 | ForEach-Object Name | Should -BeNullOrEmpty
    }

    It 'says cause and remedy of each, in sentences' {
        $rows | Where-Object { $_.Cells -ne 3 -or $_.Cause -cnotmatch '^[A-Z`].{20,}\.$' -or $_.Remedy -cnotmatch '^[A-Z`].{6,}[.`]$' } | ForEach-Object Id | Should -BeNullOrEmpty
    }
}
