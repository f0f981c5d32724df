# What happens to work when machines fail: cut off, suspended, killed.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    $why = Test-MachineNetwork
    $title = $why ? " (skipped: $why)" : ''
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/MachineHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $ticket = Join-Path $TestDrive ticket

    # Writes a line to a file when processes have ended.
    function Start-EndWatch([int[]] $Id, [string] $Path) {
        $still = ($Id | ForEach-Object { "grep -qs '^State:.[^ZX]' /proc/$_/status" }) -join ' || '
        $null = [System.Diagnostics.Process]::Start('/bin/sh', [string[]] @('-c', "while $still; do sleep 0.05; done; echo ended >'$Path'"))
    }
}

Describe "A machine that fails in the middle of a map$title" -Skip:([bool] $why) {
    BeforeAll {
        $network = New-MachineNetwork
        $alpha, $beta = 'alpha', 'beta' | ForEach-Object { Add-Machine $network $_ }
        $agent = Start-Agent $alpha @{ TicketPath = $ticket }
        $null = Start-Agent $beta @{ TicketPath = $ticket; WorkerCount = 1 }
        $cluster = Start-ClusterMaster -NoLocalWorker -Listen "$($network.Address):0" -TicketPath $ticket -MinimumMachineCount 2

        # Runs 2,000 items, has the machine fail after 300 of them, and measures what follows.
        function Invoke-Failing([scriptblock] $Fail) {
            Wait-Until { @(Get-ClusterWorker | Where-Object State -EQ Ready).Count -eq 3 }
            $null = Receive-ClusterEvent
            $there = @(Get-ClusterWorker | Where-Object ComputerName -EQ alpha)
            $ended = Join-Path $TestDrive ([guid]::NewGuid())
            $run = @{ Workers = $there; Clock = [System.Diagnostics.Stopwatch]::new(); At = $null; EndFile = $ended }
            $count = 0
            $run.Results = 1..2000 | Invoke-ClusterWorker { [System.Threading.Thread]::Sleep(4); $_ } | ForEach-Object {
                if (++$count -eq 300) {
                    Start-EndWatch $there.ProcessId $ended
                    $run.At = [datetime]::Now
                    $run.Clock.Start()
                    & $Fail
                }
                $_
            }
            $run.Clock.Stop()
            $run
        }

        function Assert-Complete($Run) {
            $Run.Results.Count | Should -Be 2000
            [System.Linq.Enumerable]::SequenceEqual([int[]] ($Run.Results | Sort-Object), [int[]] (1..2000)) | Should -BeTrue
            # By one worker in place of three, and the time that a loss takes to be seen.
            $Run.Clock.Elapsed.TotalSeconds | Should -BeLessThan 20
        }

        function Get-EndSecond($Run) {
            Wait-Until { [System.IO.File]::Exists($Run.EndFile) }
            ([System.IO.File]::GetLastWriteTime($Run.EndFile) - $Run.At).TotalSeconds
        }
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
        Remove-MachineNetwork $network
    }

    It 'and is cut off: every result comes once, its workers are gone within 6 s, and it returns when it can' {
        $run = Invoke-Failing { Disconnect-Machine $alpha }
        Assert-Complete $run
        Get-EndSecond $run | Should -BeLessThan 7
        $lost = Receive-ClusterEvent MachineLost -Count 1 @wait
        $lost.Reason | Should -BeLike 'alpha: Nothing was heard of it for * s.'
        ($lost.Time - $run.At).TotalSeconds | Should -BeGreaterThan 5
        ($lost.Time - $run.At).TotalSeconds | Should -BeLessThan 8
        (Get-ClusterMachine alpha).State | Should -Be Lost
        $run.Workers.ExitReason | Should -Be MachineLost, MachineLost
        $run.Workers.State | Should -Be Exited, Exited
        Write-Host "cut: workers ended after $(Get-EndSecond $run) s, lost after $(($lost.Time - $run.At).TotalSeconds) s, the map went on for $($run.Clock.Elapsed.TotalSeconds) s"

        Connect-Machine $alpha
        (Receive-ClusterEvent MachineReturned -Count 1 @wait).Reason | Should -BeLike 'alpha*'
        (Receive-ClusterEvent Ready -Count 2 @wait).Worker.ComputerName | Should -Be alpha, alpha
        (Get-ClusterMachine alpha).State | Should -Be Online
        $cluster.WorkerCount | Should -Be 3
        Receive-WorkerMessage | Should -BeNullOrEmpty
        1..100 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be (1..100)
    }

    It 'and whose agent is suspended: every result comes once, and its old workers are gone when it goes on' {
        $run = Invoke-Failing { Send-ProcessSignal $agent.Process.Id STOP }
        Assert-Complete $run
        (Receive-ClusterEvent MachineLost -Count 1 @wait).Reason | Should -BeLike 'alpha: *'
        $run.Workers.ExitReason | Should -Be MachineLost, MachineLost
        Send-ProcessSignal $agent.Process.Id CONT
        $null = Receive-ClusterEvent MachineReturned -Count 1 @wait
        $null = Get-EndSecond $run
        Write-Host "suspended: the map went on for $($run.Clock.Elapsed.TotalSeconds) s"
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'and whose agent is killed: its items are elsewhere within 2 s, and nothing is left there' {
        $run = Invoke-Failing { Send-ProcessSignal $agent.Process.Id KILL }
        Assert-Complete $run
        $lost = Receive-ClusterEvent MachineLost -Count 1 @wait
        $lost.Reason | Should -Be 'alpha: Its agent has ended.'
        ($lost.Time - $run.At).TotalSeconds | Should -BeLessThan 3
        Get-EndSecond $run | Should -BeLessThan 3
        Wait-Until { @(Get-MachineProcess $alpha).Count -eq 0 }
        Write-Host "killed: workers ended after $(Get-EndSecond $run) s, lost after $(($lost.Time - $run.At).TotalSeconds) s, the map went on for $($run.Clock.Elapsed.TotalSeconds) s"
        $cluster.WorkerCount | Should -Be 1
    }

    It 'and has another agent then: what an object had written there before its result is not written twice' {
        $another = Start-Agent $alpha @{ TicketPath = $ticket }
        $null = Receive-ClusterEvent MachineReturned -Count 1 @wait
        Wait-Until { @(Get-ClusterWorker | Where-Object State -EQ Ready).Count -eq 3 }
        # Objects that were given to it write and do not end. Half a second later its agent is killed.
        $marker = Join-Path $TestDrive marker
        $null = [System.Diagnostics.Process]::Start('/bin/sh', [string[]] @('-c', "while [ ! -e '$marker' ]; do sleep 0.05; done; sleep 0.5; kill -KILL $($another.Process.Id)"))
        $results = 1..3 | Invoke-ClusterWorker -BatchSize 1 -InformationVariable said {
            Write-Information "said $_"
            if ($env:TMPDIR -eq $using:alpha.Temp) {
                [System.IO.File]::WriteAllText($using:marker, '')
                [System.Threading.Thread]::Sleep(-1)
            }
            $_
        }
        $results | Sort-Object | Should -Be 1, 2, 3
        $said.MessageData | Sort-Object | Should -Be 'said 1', 'said 2', 'said 3'
        $marker | Should -Exist
        (Receive-ClusterEvent MachineLost -Count 1 @wait).ComputerName | Should -Be alpha
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
