# Times that are longer than any timer takes: they mean "for ever", and hang or break nothing.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $long = @{ TimeoutSec = [int]::MaxValue }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'The longest time that a parameter takes' {
    It 'is no error: <name>' -ForEach @(
        @{ name = 'Wait-ClusterWorker -TimeoutSec'; run = { Wait-ClusterWorker -State Ready @long | Should -HaveCount 2 } }
        @{ name = 'Receive-WorkerMessage -TimeoutSec'; run = {
                Send-WorkerMessage 'back' -Any
                Receive-WorkerMessage -Count 1 -ExpandBody @long | Should -Be 'back'
            }
        }
        @{ name = 'Receive-ClusterEvent -TimeoutSec'; run = { Receive-ClusterEvent -Count 1 @long | Should -HaveCount 1 } }
        @{ name = 'Restart-ClusterWorker -TimeoutSec -DrainTimeoutSec'; run = {
                Get-ClusterWorker | Select-Object -First 1 | Restart-ClusterWorker -DrainTimeoutSec ([int]::MaxValue) -PassThru @long | Should -HaveCount 1
            }
        }
        @{ name = 'Stop-ClusterWorker -DrainTimeoutSec'; run = {
                Get-ClusterWorker | Select-Object -First 1 | Stop-ClusterWorker -DrainTimeoutSec ([int]::MaxValue)
                (Get-ClusterMaster).Workers | Should -HaveCount 1
            }
        }
        @{ name = 'Stop-ClusterMaster -DrainTimeoutSec'; run = { Stop-ClusterMaster -DrainTimeoutSec ([int]::MaxValue) } }
    ) {
        $cluster = Start-ClusterMaster -WorkerCount 2 -StartupTimeoutSec ([int]::MaxValue) -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body }
        }
        try {
            & $run
        }
        finally {
            $cluster | Stop-ClusterMaster
        }
        $cluster.State | Should -Be 'Stopped'
    }
}
