# More and fewer workers while messages flow, settings for later workers, and readiness that a script declares itself.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 60 }

    # Workers that do what they are sent and answer requests.
    function Start-Obedient([int] $Count = 1, [hashtable] $With = @{}) {
        Start-ClusterMaster @With -WorkerCount $Count -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object {
                $message = $_
                $answer = . ([scriptblock]::Create($message.Body))
                if ($message.Kind -eq 'Request') { Send-WorkerMessage -ReplyTo $message -Body $answer } else { $answer | Send-WorkerMessage }
            }
        }
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Set-ClusterMaster -WorkerCount' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'starts the workers that are missing and returns when they are ready' {
        $cluster = Start-Obedient 1
        Set-ClusterMaster -WorkerCount 3 -PassThru | Should -Be $cluster
        $cluster.WorkerCount | Should -Be 3
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.Slot) $($_.State)" } | Should -Be '1 0 Ready', '2 1 Ready', '3 2 Ready'
        (Receive-ClusterEvent Resize).Reason | Should -Be 'From 1 to 3 workers.'
    }

    It 'stops the idle ones first and lets the others finish what they have' {
        $cluster = Start-Obedient 3
        # The first two have something to do; the third and, of the two, the one with less go.
        1..3 | ForEach-Object { 'Start-Sleep -Milliseconds 100; "first"' } | Send-WorkerMessage -Worker 1
        'Start-Sleep -Milliseconds 100; "second"' | Send-WorkerMessage -Worker 2
        Set-ClusterMaster -WorkerCount 1
        Get-ClusterWorker | ForEach-Object Id | Should -Be 1
        (Get-ClusterWorker 2, 3).ExitReason | Should -Be 'Stopped', 'Stopped'
        Receive-WorkerMessage -Count 4 -ExpandBody @wait | Sort-Object | Should -Be 'first', 'first', 'first', 'second'
        Receive-ClusterEvent MessagesLost, Restart | Should -BeNullOrEmpty
        $cluster.State | Should -Be 'Running'
    }

    It 'stops the youngest of those that are idle' {
        $null = Start-Obedient 3
        Set-ClusterMaster -WorkerCount 2
        Get-ClusterWorker | ForEach-Object Id | Should -Be 1, 2
    }

    It 'stops a worker that waits for its restart before all others' {
        $null = Start-Obedient 2 @{ RestartDelaySec = 3600; MaxRestartDelaySec = 3600 }
        Send-WorkerMessage 'exit 1' -Worker 1
        $null = Wait-ClusterWorker 1 @wait
        Set-ClusterMaster -WorkerCount 1
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '2 Ready'
    }

    It 'fails no request while workers come and go' {
        $null = Start-Obedient 1
        Import-Module "$PSScriptRoot/Files/Background.psm1"
        $go = [System.Threading.ManualResetEventSlim]::new($true)
        $flood = Start-Background {
            param($Master, $Go)
            while ($Go.IsSet) { 1..20 | ForEach-Object { '$ClusterWorker.Id' } | Invoke-WorkerRequest -Master $Master -TimeoutSec 60 }
        } (Get-ClusterMaster), $go
        try {
            Wait-BackgroundOutput $flood 20
            3, 1, 4, 2, 1 | ForEach-Object { Set-ClusterMaster -WorkerCount $_ -ErrorAction Stop }
            $go.Reset()
            Wait-Background $flood
            $flood.Streams.Error | Should -BeNullOrEmpty
            $flood.Output.Count % 20 | Should -Be 0
            @($flood.Output | Sort-Object -Unique).Count | Should -BeGreaterThan 1
        }
        finally {
            $go.Reset()
            Remove-Background $flood
            $go.Dispose()
        }
    }

    It 'reports a new worker that fails, and keeps the others' {
        $null = Start-Obedient 1
        Set-ClusterMaster -ScriptBlock { throw 'not for more' }
        Set-ClusterMaster -WorkerCount 2 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Match '^WorkerStartFailed,'
        $problem[0].Exception.Message | Should -Match 'not for more'
        Get-ClusterWorker | ForEach-Object { "$($_.Id) $($_.State)" } | Should -Be '1 Ready'
    }

    It 'is refused by a master that has been stopped' {
        $cluster = Start-Obedient 1
        Stop-ClusterMaster
        { $cluster | Set-ClusterMaster -WorkerCount 2 -ErrorAction Stop } | Should -Throw -ErrorId 'MasterStopped,*'
    }
}

Describe 'Start-ClusterWorker' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-fork-env: its variables add to the inherited ones, and its successors keep them' {
        $env:SPEC_INHERITED = 'inherited'
        try {
            $cluster = Start-Obedient 1 @{ Environment = @{ SPEC_MASTER = 'master'; SPEC_BOTH = 'master' } }
            $worker = Start-ClusterWorker @{ SPEC_BOTH = 'worker'; SPEC_OWN = 'own' }
            $worker.Id | Should -Be 2
            $worker.State | Should -Be 'Ready'
            $cluster.WorkerCount | Should -Be 2
            $ask = '$env:SPEC_INHERITED, $env:SPEC_MASTER, $env:SPEC_BOTH, $env:SPEC_OWN -join " "'
            Invoke-WorkerRequest $ask -Worker 2 @wait | Should -Be 'inherited master worker own'
            Invoke-WorkerRequest $ask -Worker 1 @wait | Should -Be 'inherited master master '
            Send-WorkerMessage 'exit 1' -Worker 2
            (Receive-ClusterEvent Restart -Count 1 @wait).Worker.Id | Should -Be 3
            Invoke-WorkerRequest $ask -Worker 3 @wait | Should -Be 'inherited master worker own'
        }
        finally {
            $env:SPEC_INHERITED = $null
        }
    }

    It 'fails with the script''s own error and harms no other worker' {
        $null = Start-Obedient 1
        Set-ClusterMaster -ScriptBlock { throw 'only the first' }
        { Start-ClusterWorker -ErrorAction Stop } | Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage '*only the first*'
        Get-ClusterWorker | ForEach-Object Id | Should -Be 1
    }
}

Describe 'Settings for later workers' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'test-cluster-setup-primary: settings reach every later worker, and the master shows them' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ArgumentList 1, 'two' -ScriptBlock { $args -join ' '; Receive-WorkerMessage -Wait }
        $cluster.ArgumentList | Should -Be 1, 'two'
        $cluster.HostPath | Should -Exist
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be '1 two'
        $null = Start-ClusterWorker
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be '1 two'
    }

    It 'test-cluster-setup-primary-argv: arguments are those of the time of the call' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { "args: $args"; Receive-WorkerMessage -Wait }
        Set-ClusterMaster -ArgumentList 'later'
        $null = Start-ClusterWorker
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'args: ', 'args: later'
        (Receive-ClusterEvent Setup -Count 1 @wait).MasterName | Should -Be (Get-ClusterMaster).Name
    }

    It 'test-cluster-setup-primary-cumulative: later calls override only what they name' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ArgumentList 'a' -Environment @{ SPEC = '1' } -MaxRestarts 7 -ScriptBlock { 'first'; Receive-WorkerMessage -Wait }
        Set-ClusterMaster -RestartPolicy Always
        Set-ClusterMaster -MaxTasks 1000
        Set-ClusterMaster -ScriptBlock { "second $args $env:SPEC"; Receive-WorkerMessage -Wait }
        Set-ClusterMaster
        $cluster.MaxRestarts, $cluster.MaxTasks, "$($cluster.RestartPolicy)", $cluster.WorkerCount | Should -Be 7, 1000, 'Always', 1
        $cluster.ArgumentList | Should -Be 'a'
        $cluster.ScriptPath | Should -BeNullOrEmpty
        $null = Start-ClusterWorker
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'first', 'second a 1'
    }

    It 'test-cluster-setup-primary-emit, test-cluster-setup-primary-multiple: one event for each call, with what that call named' {
        $null = Start-Obedient 1
        Set-ClusterMaster -MaxRestarts 1
        Set-ClusterMaster -MaxRestarts 2 -RestartPolicy Never
        Set-ClusterMaster
        (Receive-ClusterEvent Setup).Reason | Should -Be 'Changed: MaxRestarts.', 'Changed: MaxRestarts, RestartPolicy.', 'Nothing is changed.'
    }

    It 'test-cluster-cwd: a changed directory counts for later workers only' {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body "$PWD" } }
        Set-ClusterMaster -WorkingDirectory $TestDrive
        $null = Start-ClusterWorker
        Invoke-WorkerRequest x -Worker 1, 2 @wait | Should -Be "$PWD", "$TestDrive"
    }

    It 'counts for a worker that waits for its restart' {
        $null = Start-Obedient 1 @{ RestartDelaySec = 3600; MaxRestartDelaySec = 3600 }
        Send-WorkerMessage 'exit 1' -All
        $null = Wait-ClusterWorker 1 @wait
        Set-ClusterMaster -Environment @{ SPEC = 'changed' }
        $null = Get-ClusterWorker | Restart-ClusterWorker
        Invoke-WorkerRequest '$env:SPEC' @wait | Should -Be 'changed'
    }

    It 'changes the restart policy at once' {
        $null = Start-Obedient 1
        Set-ClusterMaster -RestartPolicy Never
        Send-WorkerMessage 'exit 1' -All
        Receive-WorkerMessage -Wait
        Get-ClusterWorker | Should -BeNullOrEmpty
    }

    It 'takes a script in one way only' {
        $null = Start-Obedient 1
        { Set-ClusterMaster -ScriptPath x.ps1 -ScriptBlock { } -ErrorAction Stop } | Should -Throw -ErrorId 'ScriptAmbiguous,*'
        { Set-ClusterMaster -ScriptPath /no/such.ps1 -ErrorAction Stop } | Should -Throw -ErrorId 'ScriptNotFound,*'
    }
}

Describe '-ExplicitReady' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'keeps a worker from being ready until its script says so' {
        $null = Start-ClusterMaster -WorkerCount 1 -ExplicitReady -NoWait -ScriptBlock {
            Send-WorkerMessage 'in use'
            $null = Receive-WorkerMessage -Count 1
            Set-WorkerReady
            Set-WorkerReady
            Receive-WorkerMessage -Wait
        }
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'in use'
        (Get-ClusterWorker).State | Should -Be 'Online'
        Receive-ClusterEvent Ready | Should -BeNullOrEmpty
        Send-WorkerMessage 'go' -All
        (Wait-ClusterWorker 1 -State Ready @wait).State | Should -Be 'Ready'
        @(Receive-ClusterEvent Ready) | Should -HaveCount 1
    }

    It 'makes a start that takes too long fail with the worker''s last error and what it wrote to stderr' {
        { Start-ClusterMaster -WorkerCount 1 -ExplicitReady -StartupTimeoutSec 3 -ScriptBlock {
                Write-Error 'the database is not there' -ErrorAction Continue
                Write-Warning 'and more'
                [System.Console]::Error.WriteLine('still at it')
                Receive-WorkerMessage -Wait
            } } | Should -Throw -ErrorId 'WorkerStartTimeout,*' -ExpectedMessage '*the database is not there*still at it*'
        Get-ClusterMaster | ForEach-Object State | Should -Be 'Stopped'
    }

    It 'makes a script that ends before it was ready a failed start' {
        { Start-ClusterMaster -WorkerCount 1 -ExplicitReady -ScriptBlock { 'done' } } |
            Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage '*had not called Set-WorkerReady*'
    }

    It 'is for workers: elsewhere Set-WorkerReady is an error' {
        { Set-WorkerReady -ErrorAction Stop } | Should -Throw -ErrorId 'NotAWorker,*'
    }
}
