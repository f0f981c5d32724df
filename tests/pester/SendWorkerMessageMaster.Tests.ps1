# Send-WorkerMessage when several masters are running in one session.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $cluster = Start-ClusterMaster -Name Echo -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage "echo: $($_.Body)" }
    }
    $other = Start-ClusterMaster -Name Other -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage "other: $($_.Body)" }
    }
}

AfterAll {
    $cluster, $other | Stop-ClusterMaster
    Assert-NothingLeft
}

Describe 'Send-WorkerMessage: which master' {
    It 'is an error when several are running and none is named' {
        { Send-WorkerMessage hello -All -ErrorAction Stop } | Should -Throw -ErrorId 'MasterAmbiguous,*'
        { Send-WorkerMessage hello -Worker 1 -ErrorAction Stop } | Should -Throw -ErrorId 'MasterAmbiguous,*'
    }

    It 'is the one with the name' {
        Send-WorkerMessage hello -Any -Master Other
        Receive-WorkerMessage -Count 1 -ExpandBody -Master Other @wait | Should -Be 'other: hello'
    }

    It 'is the object that is given' {
        Send-WorkerMessage hello -Worker 1 -Master $other
        Receive-WorkerMessage -Count 1 -ExpandBody -Master $other @wait | Should -Be 'other: hello'
    }

    It 'is known from a worker object' {
        Get-ClusterWorker -Master Other | Send-WorkerMessage -Body hello
        Receive-WorkerMessage -Count 1 -ExpandBody -Master Other @wait | Should -Be 'other: hello'
    }

    It 'is an error when there is none with the name' {
        { Send-WorkerMessage hello -All -Master Nobody -ErrorAction Stop } | Should -Throw -ErrorId 'MasterNotFound,*'
    }
}
