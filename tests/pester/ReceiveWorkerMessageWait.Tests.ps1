# Receive-WorkerMessage: when it returns. -Wait, -Count, -TimeoutSec, the end of workers, Ctrl+C, Select-Object.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }
    $echo = { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -Body $_.Body } }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Receive-WorkerMessage from living workers' {
    BeforeAll {
        $cluster = Start-ClusterMaster -WorkerCount 2 -ScriptBlock $echo
        $first, $second = Get-ClusterWorker
    }

    AfterAll {
        $cluster | Stop-ClusterMaster
    }

    It '-Count waits for so many' {
        $receiver = Start-Background { param($Master) Receive-WorkerMessage -Count 3 -Master $Master -ExpandBody } $cluster
        try {
            1..4 | Send-WorkerMessage -Worker $first
            Wait-Background $receiver
            $receiver.Output | Should -Be 1, 2, 3
        }
        finally {
            Remove-Background $receiver
        }
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 4
    }

    It '-TimeoutSec ends the wait with what has come, and that is no error' {
        1..2 | Send-WorkerMessage -Worker $first
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $messages = Receive-WorkerMessage -Count 3 -TimeoutSec 2 -ErrorAction Stop -ExpandBody
        $clock.Elapsed.TotalSeconds | Should -BeGreaterOrEqual 1.99
        $messages | Should -Be 1, 2
    }

    It '-TimeoutSec <seconds> without a message returns nothing' -ForEach @(
        @{ seconds = 0 }
        @{ seconds = 0.05 }
    ) {
        Receive-WorkerMessage -Wait -TimeoutSec $seconds -ErrorAction Stop | Should -BeNullOrEmpty
        Receive-WorkerMessage -TimeoutSec $seconds -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It '-TimeoutSec alone streams until then' {
        'hello' | Send-WorkerMessage -Worker $first
        Receive-WorkerMessage -TimeoutSec 2 -ExpandBody | Should -Be 'hello'
    }

    It '-Wait gives each message as it arrives' {
        # Each answer is asked for by the one before, so the pipeline must be handed them one by one.
        Send-WorkerMessage 1 -Worker $first
        $bodies = Receive-WorkerMessage -Wait -ExpandBody @wait | ForEach-Object {
            Send-WorkerMessage ($_ + 1) -Worker $first
            $_
        } | Select-Object -First 10
        $bodies | Should -Be (1..10)
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 11
    }

    It '-Wait ends with Select-Object -First, and the rest stays' {
        1..5 | Send-WorkerMessage -Worker $first
        Receive-WorkerMessage -Wait -ExpandBody @wait | Select-Object -First 3 | Should -Be 1, 2, 3
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 4, 5
    }

    It 'is stopped by Ctrl+C while nothing arrives' {
        $receiver = Start-Background { param($Master) 'started'; Receive-WorkerMessage -Wait -Master $Master } $cluster
        try {
            Wait-BackgroundOutput $receiver
            Stop-Background $receiver | Should -Be 'Stopped'
        }
        finally {
            Remove-Background $receiver
        }
        Send-WorkerMessage 'still here' -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'still here'
    }

    It 'loses nothing when Ctrl+C stops it in a flow of messages' {
        foreach ($round in 1..10) {
            $receiver = Start-Background { param($Master) Receive-WorkerMessage -Wait -Master $Master -ExpandBody } $cluster
            try {
                1..400 | Send-WorkerMessage -Worker $first
                Wait-BackgroundOutput $receiver 20
                Stop-Background $receiver | Should -Be 'Stopped'
                $taken = @($receiver.Output)
            }
            finally {
                Remove-Background $receiver
            }
            Send-WorkerMessage end -Worker $first
            $rest = @(Receive-WorkerMessage -Count (401 - $taken.Count) -ExpandBody -TimeoutSec 10)
            1..400 | Where-Object { $_ -notin $taken -and $_ -notin $rest } | Should -BeNullOrEmpty -Because 'it was lost'
            "$($taken + $rest)" | Should -Be "$(1..400) end"
        }
    }

    It 'refuses <name>' -ForEach @(
        @{ name = '-Count 0'; bad = @{ Count = 0 } }
        @{ name = '-Count -1'; bad = @{ Count = -1 } }
        @{ name = '-TimeoutSec -1'; bad = @{ TimeoutSec = -1 } }
        @{ name = 'an empty topic'; bad = @{ Topic = '' } }
    ) {
        { Receive-WorkerMessage @bad } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'Receive-WorkerMessage from workers that end' {
    AfterEach {
        $cluster | Stop-ClusterMaster
    }

    It '-Wait returns when the last worker has exited, with all that they sent' {
        $cluster = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            1..100 | ForEach-Object { Send-WorkerMessage -Body $_ }
        }
        $messages = @(Receive-WorkerMessage -Wait @wait)
        foreach ($id in 1, 2) {
            ($messages | Where-Object WorkerId -EQ $id).Body | Should -Be (1..100)
        }
        (Get-ClusterWorker -IncludeExited).State | Should -Be 'Exited', 'Exited'
    }

    It '-Count returns fewer when no more can come' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Send-WorkerMessage 1; Send-WorkerMessage 2 }
        (Receive-WorkerMessage -Count 3 @wait).Body | Should -Be 1, 2
    }

    It 'gives what a worker sent before it exited, long after' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Send-WorkerMessage last }
        $null = Wait-ClusterWorker @wait
        (Receive-WorkerMessage).Body | Should -Be 'last'
        Receive-WorkerMessage -Wait | Should -BeNullOrEmpty
    }

    It 'gives it after the master has been stopped as well' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { Send-WorkerMessage last; Receive-WorkerMessage -Wait }
        $cluster | Stop-ClusterMaster
        (Receive-WorkerMessage -Master $cluster).Body | Should -Be 'last'
        Receive-WorkerMessage -Wait -Master $cluster | Should -BeNullOrEmpty
    }

    It '-Worker -Wait returns when that worker has exited, while others live' {
        $cluster = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            Receive-WorkerMessage -Count 1 | ForEach-Object { Send-WorkerMessage -Body $_.Body }
        }
        Send-WorkerMessage bye -Worker 1
        (Receive-WorkerMessage -Wait -Worker 1 @wait).Body | Should -Be 'bye'
        (Get-ClusterWorker 1).State | Should -Be 'Exited'
        (Get-ClusterWorker 2).State | Should -Be 'Ready'
    }

    It '-Wait returns when the master is stopped elsewhere' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $echo
        $receiver = Start-Background { param($Master) Receive-WorkerMessage -Wait -Master $Master } $cluster
        try {
            $cluster | Stop-ClusterMaster
            Wait-Background $receiver
            $receiver.Output | Should -BeNullOrEmpty
        }
        finally {
            Remove-Background $receiver
        }
    }
}

Describe 'Receive-WorkerMessage in a worker' {
    BeforeAll {
        # Runs what the messages with the topic 'run' say, and sends the result.
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Receive-WorkerMessage -Wait -Topic run | ForEach-Object {
                $result = @(& ([scriptblock]::Create($_.Body)))
                Send-WorkerMessage -Body $result
            }
        }

        function Invoke-There([string] $Text) {
            Send-WorkerMessage $Text -Topic run -Any
            (Receive-WorkerMessage -Count 1 @wait).Body
        }
    }

    AfterAll {
        $cluster | Stop-ClusterMaster
    }

    It 'gives the messages of the master, in order' {
        1..5 | Send-WorkerMessage -Any
        Invoke-There 'Receive-WorkerMessage -Count 5 -ExpandBody' | Should -Be (1..5)
    }

    It 'tells that the master sent them' {
        Send-WorkerMessage hello -Topic greeting -Any
        $message = (Invoke-There 'Receive-WorkerMessage -Topic gree* -Count 1')[0]
        $message.WorkerId | Should -Be 0
        $message.Slot | Should -Be -1
        $message.ProcessId | Should -Be $PID
        $message.Kind | Should -Be 'Message'
        $message.Topic | Should -Be 'greeting'
    }

    It 'returns nothing at once when nothing has arrived' {
        Invoke-There 'Receive-WorkerMessage' | Should -BeNullOrEmpty
    }

    It 'returns after -TimeoutSec' {
        Invoke-There 'Receive-WorkerMessage -Count 1 -TimeoutSec 0.05; "and on"' | Should -Be 'and on'
    }

    It 'gives hashtables with -AsHashtable' {
        Send-WorkerMessage @{ a = @{ b = 1 } } -Any
        Invoke-There '(Receive-WorkerMessage -Count 1 -ExpandBody -AsHashtable).a.GetType().Name' | Should -Be 'OrderedDictionary'
    }
}
