# What a master's memory follows: what is unread. What was read, lost or belongs to workers that have exited is let go.
# In a process of its own: what other files have left for the collector would be measured.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 60 }

    # The live memory in MiB.
    function Measure-Live {
        foreach ($time in 1, 2) {
            [System.GC]::Collect()
            [System.GC]::WaitForPendingFinalizers()
        }
        [System.GC]::GetTotalMemory($true) / 1MB
    }

    # In a scope of their own: the engine holds the values of variables and loops until it is left.
    function Read-Warning {
        $null = Receive-WorkerMessage -Count 1 @wait 3> $null
    }

    function Stop-Unread([int] $Count) {
        $text = 'x' * 1MB
        for ($i = 0; $i -lt $Count; $i++) {
            $worker = Start-ClusterWorker
            for ($sent = 0; $sent -lt 15; $sent++) {
                Send-WorkerMessage $text -Worker $worker
            }
            Stop-ClusterWorker $worker -Force
        }
    }
}

Describe 'A master' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'whose runspace was closed is let go' {
        $before = Measure-Live
        & {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("
                Import-Module '$PSScriptRoot/../../module/Cluster.psd1'
                `$null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
                    `$text = 'x' * 1MB
                    1..15 | ForEach-Object { Send-WorkerMessage `$text }
                    Send-WorkerMessage last -Topic last
                    `$null = Receive-WorkerMessage -Wait
                }
                (Receive-WorkerMessage -Topic last -Count 1 -TimeoutSec 60).Topic").Invoke() | Should -Be 'last'
            $shell.Runspace.Close()
            $shell.Dispose()
        }
        Measure-Live | Should -BeLessThan ($before + 8)
    }

    It 'does not keep records that were read' {
        $before = Measure-Live
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            $text = 'x' * 100KB
            1..1000 | ForEach-Object { Write-Warning $text }
            Send-WorkerMessage done
            Receive-WorkerMessage -Wait
        }
        Read-Warning
        Measure-Live | Should -BeLessThan ($before + 20)
    }

    It 'keeps of the bodies that were lost with workers only the latest, says so, and lets them go when the event was read' {
        $before = Measure-Live
        $null = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock { Receive-WorkerMessage -Topic never -Wait }
        Stop-Unread 4
        Measure-Live | Should -BeLessThan ($before + 45)
        & {
            $lost = Receive-ClusterEvent MessagesLost
            $lost | Should -HaveCount 4
            foreach ($event in $lost) {
                $event.Messages | Should -HaveCount 15
                $event.Reason | Should -BeLike '15 messages*'
                $event.Messages.Sequence | Should -Be (1..15)
            }
            # 32 MiB: the last two and a bit.
            $lost.DroppedBodies | Should -Be 15, 14, 0, 0
            $lost[1].Messages[13].Body | Should -BeNullOrEmpty
            $lost[1].Messages[14].Body.Length | Should -Be 1MB
            $lost[3].Messages[0].Body.Length | Should -Be 1MB
        }
        Measure-Live | Should -BeLessThan ($before + 10)
        (Get-ClusterWorker -State Exited).Pending | Should -Be 15, 15, 15, 15
    }

    It 'that was stopped is readable until the next one is started, and gone then' {
        $before = Measure-Live
        & {
            $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
                $text = 'x' * 1MB
                1..15 | ForEach-Object { Send-WorkerMessage $text }
                Send-WorkerMessage last -Topic last
                $null = Receive-WorkerMessage -Wait
            }
            $null = Receive-WorkerMessage -Topic last -Count 1 @wait
            Stop-ClusterMaster
        }
        Measure-Live | Should -BeGreaterThan ($before + 8)
        $null = Start-ClusterMaster -WorkerCount 1
        Measure-Live | Should -BeLessThan ($before + 5)
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
