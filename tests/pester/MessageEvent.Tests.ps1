# The .NET events of ClusterMaster, by Register-ObjectEvent: messages as they arrive, and what happens to workers.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"

    # The arguments of so many events of a source. The engine queues them on threads of its own, so that they may change
    # places; their numbers tell in which order they were raised.
    function Receive-EventArgs([string] $Source, [int] $Count = 1) {
        $events = for ($i = 0; $i -lt $Count; $i++) {
            $happened = @(Wait-Event -SourceIdentifier $Source -Timeout 30)[0]
            if (-not $happened) {
                throw "Only $i of $Count events of $Source have come in time."
            }
            Remove-Event -EventIdentifier $happened.EventIdentifier
            $happened
        }
        $events | Sort-Object EventIdentifier | ForEach-Object SourceEventArgs
    }

    function Remove-Handler {
        Get-EventSubscriber -Force | Where-Object SourceObject -EQ $cluster | Unregister-Event -Force
        Get-Event | ForEach-Object { Remove-Event -EventIdentifier $_.EventIdentifier }
    }

    function Wait-Action([scriptblock] $Condition) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Condition)) {
            if ($clock.Elapsed.TotalSeconds -gt 30) {
                throw "It did not become true in time: $Condition"
            }
            # Actions run between the commands of this pipeline.
            Start-Sleep -Milliseconds 5
        }
    }
}

Describe 'The event Message' {
    BeforeAll {
        $cluster = Start-ClusterMaster $obeys -Name Loud -WorkerCount 2
        $first, $second = Get-ClusterWorker
    }

    AfterEach {
        Remove-Handler
        Receive-WorkerMessage | Should -BeNullOrEmpty
        (Get-ClusterWorker).State | Should -Be 'Ready', 'Ready'
    }

    AfterAll {
        $cluster | Stop-ClusterMaster
    }

    It 'has the message' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage 'Send-WorkerMessage @{ a = 1 } -Topic news' -Topic run -Worker $second
        $message = (Receive-EventArgs arrived).Message
        $message.Body.a | Should -Be 1
        $message.Topic | Should -Be 'news'
        $message.Kind | Should -Be 'Message'
        $message.WorkerId | Should -Be $second.Id
        $message.Slot | Should -Be 1
        $message.ProcessId | Should -Be $second.ProcessId
        $message.Sequence | Should -BeGreaterThan 0
    }

    It 'comes once for each message, in order' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage '1..2000 | Send-WorkerMessage' -Topic run -All
        $messages = (Receive-EventArgs arrived 4000).Message
        foreach ($id in $first.Id, $second.Id) {
            "$(($messages | Where-Object WorkerId -EQ $id).Body)" | Should -Be "$(1..2000)"
        }
        Get-Event | Should -BeNullOrEmpty
    }

    It 'comes for what a script writes, and for requests, which can be answered' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage '"written"; Send-WorkerMessage -Body (Invoke-WorkerRequest question)' -Topic run -Worker $first
        $written, $request = (Receive-EventArgs arrived 2).Message
        $written.Kind | Should -Be 'Output'
        $written.Body | Should -Be 'written'
        $request.Kind | Should -Be 'Request'
        Send-WorkerMessage 42 -ReplyTo $request
        (Receive-EventArgs arrived).Message.Body | Should -Be 42
    }

    It 'runs an -Action' {
        $seen = [System.Collections.Concurrent.ConcurrentQueue[object]]::new()
        $null = Register-ObjectEvent -InputObject $cluster -EventName Message -MessageData $seen -Action {
            $Event.MessageData.Enqueue("$($Sender.Name) $($EventArgs.Message.WorkerId) $($EventArgs.Message.Body)")
        }
        Send-WorkerMessage hello -Worker $first
        Wait-Action { $seen.Count -ge 1 }
        $seen.ToArray() | Should -Be "Loud $($first.Id) hello"
    }

    It 'lets an -Action send' {
        $null = Register-ObjectEvent -InputObject $cluster -EventName Message -SupportEvent -Action {
            if ($EventArgs.Message.Kind -eq 'Request') {
                Send-WorkerMessage ($EventArgs.Message.Body * 2) -ReplyTo $EventArgs.Message
            }
        }
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage 'Send-WorkerMessage "$(1..20 | Invoke-WorkerRequest)"' -Topic run -Worker $first
        (Receive-EventArgs arrived 21).Message[-1].Body | Should -Be "$(1..20 | ForEach-Object { $_ * 2 })"
    }

    It 'acknowledges the message' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage 'Send-WorkerMessage hello -Acknowledge -TimeoutSec 20 -ErrorAction Stop; Send-WorkerMessage acknowledged' -Topic run -Worker $first
        (Receive-EventArgs arrived 2).Message.Body | Should -Be 'hello', 'acknowledged'
    }

    It 'takes messages from Receive-WorkerMessage while there is a handler, and no longer' {
        Send-WorkerMessage before -Worker $first
        Invoke-WorkerRequest end -Worker $first @wait | Should -Be 'end'
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage meanwhile -Worker $first
        (Receive-EventArgs arrived 2).Message.Body | Should -Be 'before', 'meanwhile'
        Receive-WorkerMessage -TimeoutSec 0 | Should -BeNullOrEmpty
        Unregister-Event arrived
        Send-WorkerMessage after -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'after'
    }

    It 'comes first for what arrived before there was a handler, in order, in a flow of messages' {
        Send-WorkerMessage '1..500 | Send-WorkerMessage; Write-Warning between; 501..3000 | Send-WorkerMessage' -Topic run -Worker $first
        # Some are read by the command, and the rest of them while the handler comes.
        Receive-WorkerMessage -Count 100 -ExpandBody @wait | Should -Be (1..100)
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        "$((Receive-EventArgs arrived 2900).Message.Body)" | Should -Be "$(101..3000)"
        Receive-WorkerMessage -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warnings" | Should -Be 'between'
    }

    It 'comes for messages between siblings no more than Receive-WorkerMessage does' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage 'Send-WorkerMessage hello -Worker 2' -Topic run -Worker $first
        $message = (Receive-EventArgs arrived).Message
        $message.WorkerId | Should -Be $second.Id
        Get-Event | Should -BeNullOrEmpty
    }

    It 'leaves records to Receive-WorkerMessage' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage 'Write-Warning careful; Send-WorkerMessage done' -Topic run -Worker $first
        (Receive-EventArgs arrived).Message.Body | Should -Be 'done'
        Receive-WorkerMessage -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warnings" | Should -Be 'careful'
    }

    It 'gives a large message its turn when those before it have been read' {
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        Send-WorkerMessage '1..100 | ForEach-Object { Send-WorkerMessage -Body ([byte[]]::new(20000)) }; Send-WorkerMessage -Body ([byte[]]::new(15MB))' -Topic run -Worker $second
        (Receive-EventArgs arrived 101).Message[-1].Body.Length | Should -Be 15MB
    }
}

Describe 'The event Event' {
    It 'has what Receive-ClusterEvent has' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { $null = Receive-WorkerMessage -Topic end -Count 1 }
        Register-ObjectEvent -InputObject $cluster -EventName Event -SourceIdentifier happened
        try {
            $null = Receive-ClusterEvent
            Send-WorkerMessage unread -Any
            Send-WorkerMessage end -Topic end -Any
            $null = Wait-ClusterWorker @wait
            $names = (Receive-EventArgs happened 3).Name
            $names | Should -Be 'Disconnect', 'MessagesLost', 'Exit'
            (Receive-ClusterEvent).Name | Should -Be $names
        }
        finally {
            Remove-Handler
            $cluster | Stop-ClusterMaster
        }
    }

    It 'has the worker, the reason and lost messages' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock { $null = Receive-WorkerMessage -Topic end -Count 1; exit 3 }
        $worker = Get-ClusterWorker
        Register-ObjectEvent -InputObject $cluster -EventName Event -SourceIdentifier happened
        try {
            Send-WorkerMessage unread -Any
            Send-WorkerMessage end -Topic end -Any
            $null, $lost, $exit = Receive-EventArgs happened 3
            $lost.Name | Should -Be 'MessagesLost'
            $lost.Messages.Body | Should -Be 'unread'
            $exit.Name | Should -Be 'Exit'
            $exit.Worker | Should -Be $worker
            $exit.MasterName | Should -Be $cluster.Name
            $exit.Reason | Should -BeLike '*3*'
        }
        finally {
            Remove-Handler
            $cluster | Stop-ClusterMaster
        }
    }

    It 'lets an -Action stop the master' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2
        $first = Get-ClusterWorker 1
        $null = Register-ObjectEvent -InputObject $cluster -EventName Event -SupportEvent -Action {
            if ($EventArgs.Name -eq 'Exit') {
                $Sender | Stop-ClusterMaster
            }
        }
        Stop-ClusterWorker $first -Force
        Wait-Action { $cluster.State -eq 'Stopped' }
        Remove-Handler
    }
}

Describe 'A handler that does not return' {
    It 'holds the sender back' {
        Add-Type -TypeDefinition '
            using System;
            using System.Threading;
            public sealed class SlowHandler
            {
                private int _count;
                public ManualResetEventSlim Called { get; } = new();
                public ManualResetEventSlim MayReturn { get; } = new();
                public int Count => Volatile.Read(ref _count);
                public void Handle(object sender, EventArgs arguments)
                {
                    Interlocked.Increment(ref _count);
                    Called.Set();
                    MayReturn.Wait(TimeSpan.FromSeconds(60));
                }
            }'
        $handler = [SlowHandler]::new()
        $cluster = Start-ClusterMaster -WorkerCount 1 -QueueLimit 5 -RestartPolicy Never -ScriptBlock {
            $null = Receive-WorkerMessage -Count 1
            1..5 | Send-WorkerMessage
            Send-WorkerMessage 6 -TimeoutSec 0.2 -ErrorAction SilentlyContinue -ErrorVariable failures
            $null = Receive-WorkerMessage -Count 1
            $failures.Count
        }
        $handle = [System.Delegate]::CreateDelegate([System.EventHandler[Cluster.Api.WorkerMessageEventArgs]], $handler, [SlowHandler].GetMethod('Handle'))
        $cluster.add_Message($handle)
        Send-WorkerMessage go -Any
        $handler.Called.Wait([timespan]::FromSeconds(30)) | Should -BeTrue
        # It reads this when it has given up sending the sixth.
        Send-WorkerMessage on -Any -Acknowledge -TimeoutSec 1 -ErrorAction SilentlyContinue
        $handler.Count | Should -Be 1
        $handler.MayReturn.Set()
        Get-ClusterWorker | Wait-ClusterWorker @wait | Should -Not -BeNullOrEmpty
        # Five, and the number of those that were not taken.
        $handler.Count | Should -Be 6
        $cluster | Stop-ClusterMaster
    }

    It 'is no business of Register-ObjectEvent, whose help says so' {
        (Get-Help Receive-WorkerMessage -Full).alertSet | Out-String | Should -Match '(?s)Register-ObjectEvent.*nothing\s+bounds'
    }
}

Describe 'A handler that waits for its worker' {
    It 'gets the answer' {
        Add-Type -TypeDefinition '
            using System;
            using System.Threading;
            public sealed class WaitingHandler
            {
                public ManualResetEventSlim Called { get; } = new();
                public ManualResetEventSlim MayReturn { get; } = new();
                public void Handle(object sender, EventArgs arguments)
                {
                    Called.Set();
                    MayReturn.Wait(TimeSpan.FromSeconds(60));
                }
            }'
        $handler = [WaitingHandler]::new()
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1 -HeartbeatTimeoutSec 2
        try {
            $cluster.add_Message([System.Delegate]::CreateDelegate([System.EventHandler[Cluster.Api.WorkerMessageEventArgs]], $handler, [WaitingHandler].GetMethod('Handle')))
            Send-WorkerMessage first -Any
            $handler.Called.Wait([timespan]::FromSeconds(30)) | Should -BeTrue
            # The handler has not returned, and the worker's pipe is read.
            Invoke-WorkerRequest hello @wait | Should -Be 'hello'
        }
        finally {
            $handler.MayReturn.Set()
            $cluster | Stop-ClusterMaster
        }
    }
}

Describe 'A handler that fails' {
    # A script block as a handler has no runspace on the threads of the module, and fails.
    AfterEach {
        $cluster | Stop-ClusterMaster
        $cluster.State | Should -Be 'Stopped'
    }

    It 'of Event is survived' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 2
        $worker = Get-ClusterWorker 1
        $cluster.add_Event({ 1 })
        Stop-ClusterWorker $worker
        $worker.State | Should -Be 'Exited'
        Invoke-WorkerRequest hello -Worker 2 @wait | Should -Be 'hello'
        (Receive-ClusterEvent Exit).Worker | Should -Be $worker
    }

    It 'is a HandlerFailed event, and the others are called all the same' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1
        $cluster.add_Message({ 1 })
        Register-ObjectEvent -InputObject $cluster -EventName Message -SourceIdentifier arrived
        try {
            Send-WorkerMessage hello -Any
            (Receive-EventArgs arrived).Message.Body | Should -Be 'hello'
            (Receive-ClusterEvent HandlerFailed -Count 1 @wait).Reason | Should -Not -BeNullOrEmpty
        }
        finally {
            Remove-Handler
        }
    }

    It 'of Message is survived' {
        $cluster = Start-ClusterMaster $obeys -WorkerCount 1
        $cluster.add_Message({ 1 })
        1..3 | Send-WorkerMessage -Any
        Invoke-WorkerRequest hello -TimeoutSec 10 | Should -Be 'hello'
        (Get-ClusterWorker).State | Should -Be 'Ready'
        Receive-ClusterEvent ProtocolError | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
