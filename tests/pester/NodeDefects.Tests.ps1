# Section G of the conformance list: defects of Node's cluster that concern the life of workers, shown to be absent here.
# That a busy worker survives the SIGKILL of its primary (G4) is looked for in NodeMasterDeath.Tests.ps1.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 60 }

    # One worker that ends as soon as it is told to, and one that has work left until a file is there.
    function Start-Unequal {
        $null = Start-ClusterMaster -WorkerCount 2 -ArgumentList "$TestDrive/go" -ScriptBlock {
            param($File)
            Receive-WorkerMessage -Wait
            while ($ClusterWorker.Slot -eq 1 -and -not [System.IO.File]::Exists($File)) { [System.Threading.Thread]::Sleep(10) }
        }
        [System.IO.File]::Delete("$TestDrive/go")
        Get-ClusterMaster
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Defects of Node that are absent' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'G1: the stop of all is over when the last worker is gone, not the first' {
        $cluster = Start-Unequal
        $workers = Get-ClusterWorker
        $stop = Start-Background { param($Master) $Master | Stop-ClusterMaster -DrainTimeoutSec 60; 'over' } $cluster
        try {
            $null = $workers[0] | Wait-ClusterWorker @wait
            $workers[1].State | Should -Be 'Draining'
            $stop.Output.Count | Should -Be 0
            $cluster.State | Should -Be 'Stopping'
            Set-Content -LiteralPath "$TestDrive/go" -Value ''
            Wait-Background $stop
            $workers[1].State | Should -Be 'Exited'
            Test-ProcessAlive $workers[1].ProcessId | Should -BeFalse
        }
        finally {
            Set-Content -LiteralPath "$TestDrive/go" -Value ''
            Remove-Background $stop
        }
    }

    It 'G2: workers are listed until they are gone' {
        $cluster = Start-Unequal
        $stop = Start-Background { param($Master) $Master | Stop-ClusterMaster -DrainTimeoutSec 60 } $cluster
        try {
            $null = Get-ClusterWorker 1 | Wait-ClusterWorker @wait
            Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '2 Draining'
            $cluster.Workers.Id | Should -Be 2
            Set-Content -LiteralPath "$TestDrive/go" -Value ''
            Wait-Background $stop
            Get-ClusterWorker | Should -BeNullOrEmpty
        }
        finally {
            Set-Content -LiteralPath "$TestDrive/go" -Value ''
            Remove-Background $stop
        }
    }

    It 'G3: what a killed worker had not read is known, and the others are not kept from their work' {
        $null = Start-ClusterMaster -WorkerCount 2 -RestartPolicy Never -ScriptBlock {
            $first = Receive-WorkerMessage -Count 1
            if ($first.Body -eq 'block') { [System.Threading.Thread]::Sleep(600000) }
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body $ClusterWorker.Id }
        }
        Send-WorkerMessage 'block' -Worker 1 -Acknowledge
        Send-WorkerMessage 'go' -Worker 2 -Acknowledge
        1..5 | Send-WorkerMessage -Worker 1
        1..20 | ForEach-Object { Invoke-WorkerRequest $_ -TimeoutSec 30 } | Sort-Object -Unique | Should -Be 2
        Stop-ClusterWorker 1 -Force
        (Receive-ClusterEvent MessagesLost -Count 1 @wait).Messages.Body | Should -Be (1..5)
    }

    It 'G5: a worker that its master kills has exited on request' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { while ($true) { } }
        $worker = Get-ClusterWorker
        Stop-ClusterWorker 1 -Force
        $worker.ExitedAfterDisconnect | Should -BeExactly $true
        $worker.ExitReason | Should -Be 'Killed'
    }

    It 'G6: a worker that does not read makes its sender wait, and does not fill the memory' {
        $null = Start-ClusterMaster -WorkerCount 1 -QueueLimit 10 -ScriptBlock { [System.Threading.Thread]::Sleep(600000) }
        1..10 | Send-WorkerMessage -Worker 1 -TimeoutSec 0 -ErrorAction Stop
        { Send-WorkerMessage 11 -Worker 1 -TimeoutSec 0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'SendTimeout,*'
        (Get-ClusterWorker).Pending | Should -Be 10
    }
}
