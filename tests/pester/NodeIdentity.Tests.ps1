# B1 of the conformance list: identity, states and events of a worker. Not here: 'listening', which comes with ports.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
}

Describe 'The life of a worker' {
    BeforeAll {
        $master = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock {
            Send-WorkerMessage @([System.Environment]::GetEnvironmentVariables().Keys | Where-Object { $_ -like 'CLUSTER_WORKER*' })
            $null = Receive-WorkerMessage -Count 1
            exit 5
        }
        $worker = Get-ClusterWorker
        $variables = Receive-WorkerMessage -Count 1 -TimeoutSec 30
        Send-WorkerMessage 'go' -All
        $ended = Wait-ClusterWorker -TimeoutSec 30
        $events = @(Receive-ClusterEvent -Count 5 -TimeoutSec 30)
    }

    AfterAll {
        Stop-ClusterMaster
    }

    It 'test-cluster-basic: fork, online, ready, disconnect and exit come once each, in this order' {
        $events.Name | Should -Be 'Fork', 'Online', 'Ready', 'Disconnect', 'Exit'
        Receive-ClusterEvent | Should -BeNullOrEmpty
    }

    It 'test-cluster-basic: each event carries the worker, its master, a time and a reason' {
        foreach ($event in $events) {
            [object]::ReferenceEquals($event.Worker, $worker) | Should -BeTrue
            $event.MasterName | Should -Be $master.Name
            $event.Reason | Should -Not -BeNullOrEmpty
            $event.Time | Should -BeGreaterOrEqual $worker.StartTime
        }
    }

    It 'test-cluster-basic: the state at those moments is starting, online, ready, dead' {
        $events[0, 1, 2, 4].State | Should -Be 'Starting', 'Online', 'Ready', 'Exited'
    }

    It 'test-cluster-basic: the first id is 1' {
        $worker.Id | Should -Be 1
    }

    It 'test-cluster-basic: code and signal are those of the process' {
        $worker.ExitCode | Should -Be 5
        $worker.Signal | Should -BeNullOrEmpty
    }

    It 'test-cluster-basic: what makes a worker has left its environment' {
        $variables.Body | Should -BeNullOrEmpty
        $variables.Kind | Should -Be 'Message'
    }

    It 'test-cluster-worker-death: the same object comes back from the wait' {
        [object]::ReferenceEquals($ended, $worker) | Should -BeTrue
    }
}

Describe 'A worker seen from both sides' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-worker-constructor: a worker that has just been started has its defaults' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -InitializationScript { Start-Sleep 600 } -ScriptBlock { }
        $worker = Get-ClusterWorker
        $worker.Id | Should -Be 1
        $worker.State | Should -BeIn 'Starting', 'Online'
        $worker.ExitCode, $worker.Signal, $worker.ExitReason, $worker.LastError, $worker.ExitedAfterDisconnect | Should -Be @($null, $null, $null, $null, $null)
        $worker.ErrorTail | Should -BeNullOrEmpty
        $worker.Sent + $worker.Received + $worker.Pending | Should -Be 0
    }

    It 'test-cluster-worker-init: the worker receives messages and its disconnect returns the same worker' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $message = Receive-WorkerMessage -Count 1
            $me = Stop-ClusterWorker -PassThru
            Send-WorkerMessage "$($message.Body) $([object]::ReferenceEquals($me, $ClusterWorker))"
        }
        Send-WorkerMessage 'hello' -All
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'hello True'
        (Wait-ClusterWorker 1 -TimeoutSec 30).ExitCode | Should -Be 0
    }

    It 'test-cluster-worker-init: Stop-ClusterWorker in the master returns the worker too' {
        $null = Start-ClusterMaster -WorkerCount 1
        $worker = Get-ClusterWorker
        [object]::ReferenceEquals(($worker | Stop-ClusterWorker -PassThru), $worker) | Should -BeTrue
    }

    It 'test-cluster-worker-events: a message sent right after fork arrives, exactly once' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body }
        }
        Get-ClusterWorker | ForEach-Object State | Should -Be 'Starting'
        1..3 | Send-WorkerMessage -All
        (Receive-WorkerMessage -Count 3 -TimeoutSec 30).Body | Should -Be 1, 2, 3
        Stop-ClusterMaster
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'test-cluster-worker-isconnected: true right after fork, and false at its end' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { Receive-WorkerMessage -Count 1 }
        $worker = Get-ClusterWorker
        $worker.IsConnected | Should -BeTrue
        $null = Wait-ClusterWorker -State Ready -TimeoutSec 30
        $worker.IsConnected | Should -BeTrue
        Send-WorkerMessage 'go' -All
        $event = Receive-ClusterEvent -Name Disconnect -Count 1 -TimeoutSec 30
        $event.Worker.IsConnected | Should -BeFalse
    }

    It 'test-cluster-worker-isconnected: a worker that has left can still send, and gets no more messages' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $null = Receive-WorkerMessage -Count 1
            Stop-ClusterWorker
            Send-WorkerMessage "rest: $(@(Receive-WorkerMessage -Wait).Count)"
        }
        Send-WorkerMessage 'go' -All
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'rest: 0'
    }

    It 'test-cluster-worker-isdead: false right after fork and while it runs, true at exit' {
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -ScriptBlock { Receive-WorkerMessage -Count 1 }
        $worker = Get-ClusterWorker
        $worker.IsDead | Should -BeFalse
        $null = Wait-ClusterWorker -State Ready -TimeoutSec 30
        $worker.IsDead | Should -BeFalse
        Send-WorkerMessage 'go' -All
        $event = Receive-ClusterEvent -Name Exit -Count 1 -TimeoutSec 30
        $event.Worker.IsDead | Should -BeTrue
        Test-ProcessAlive $worker.ProcessId | Should -BeFalse
    }

    It 'test-cluster-worker-death: exit(42) gives code 42 and no signal' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { $null = Receive-WorkerMessage -Count 1; exit 42 }
        Send-WorkerMessage 'go' -All
        $worker = Wait-ClusterWorker -TimeoutSec 30
        $worker.ExitCode | Should -Be 42
        $worker.Signal | Should -BeNullOrEmpty
        $worker.ExitReason | Should -Be 'Failed'
        $worker.ExitedAfterDisconnect | Should -BeExactly $false
    }

    It 'test-cluster-call-and-destroy: destroying a worker that has disconnected already is harmless' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait }
        $worker = Get-ClusterWorker
        Stop-ClusterWorker 1
        $worker | Stop-ClusterWorker -ErrorAction Stop
        $worker | Stop-ClusterWorker -Force -ErrorAction Stop
        $worker.ExitReason | Should -Be 'Stopped'
        $worker.ExitCode | Should -Be 0
    }

    It 'never uses an id twice' {
        $null = Start-ClusterMaster -WorkerCount 2
        Stop-ClusterWorker 1
        { Stop-ClusterWorker 3 -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerNotFound,*'
        Get-ClusterWorker | ForEach-Object Id | Should -Be 2
    }

    It 'raises .NET events for Register-ObjectEvent' {
        $master = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Count 1 }
        $source = "spec-$([guid]::NewGuid())"
        $null = Register-ObjectEvent -InputObject $master -EventName Event -SourceIdentifier $source
        try {
            Send-WorkerMessage 'go' -All
            $null = Wait-ClusterWorker -TimeoutSec 30
            $names = @(Receive-ClusterEvent -Name Disconnect, Exit -Count 2 -TimeoutSec 30).Name
            $raised = 1..2 | ForEach-Object {
                $next = Wait-Event -SourceIdentifier $source -Timeout 30
                $next.SourceEventArgs.Name
                Remove-Event -EventIdentifier $next.EventIdentifier
            }
            $raised | Should -Be $names
        }
        finally {
            Unregister-Event -SourceIdentifier $source
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
