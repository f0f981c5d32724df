# The masters of a session end with the module, which says so.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
    Import-Module $module
}

Describe 'Removing the module' {
    BeforeEach {
        Import-Module $module
    }

    It 'by <name> warns of the masters that it ends' -ForEach @(
        @{ name = 'Remove-Module'; remove = { Remove-Module Cluster } }
        @{ name = 'Import-Module -Force'; remove = { Import-Module $module -Force } }
    ) {
        $null = Start-ClusterMaster -WorkerCount 1 -Name first
        $null = Start-ClusterMaster -WorkerCount 1 -Name second
        $workers = 'first', 'second' | ForEach-Object { Get-ClusterWorker -Master $_ }
        $warning = . $remove 3>&1
        $warning | Should -HaveCount 1
        $warning | Should -BeOfType ([System.Management.Automation.WarningRecord])
        "$warning" | Should -BeLike "*'first', 'second'*"
        $workers.State | Should -Be 'Exited', 'Exited'
    }

    It 'by <name> says nothing without a master that runs' -ForEach @(
        @{ name = 'Remove-Module'; remove = { Remove-Module Cluster } }
        @{ name = 'Import-Module -Force'; remove = { Import-Module $module -Force } }
    ) {
        $null = Start-ClusterMaster -WorkerCount 1
        Stop-ClusterMaster
        . $remove 3>&1 | Should -BeNullOrEmpty
    }

    It 'is not what a second import does' {
        $null = Start-ClusterMaster -WorkerCount 1
        Import-Module $module 3>&1 | Should -BeNullOrEmpty
        (Get-ClusterMaster).State | Should -Be 'Running'
        Stop-ClusterMaster
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
