# Exit truth: code, signal, reason, last error and the end of stderr.

BeforeDiscovery {
    # What a worker does after it was ready, and what must be said of it.
    $fates = @(
        @{ fate = 'ends'; act = { 'the end' }; code = 0; reason = 'Completed' }
        @{ fate = 'exit'; act = { exit }; code = 0; reason = 'Completed' }
        @{ fate = 'exit 42'; act = { exit 42 }; code = 42; reason = 'Failed' }
        @{ fate = 'exit 255'; act = { exit 255 }; code = 255; reason = 'Failed' }
        @{ fate = 'throw'; act = { throw 'the reason of its end' }; code = 1; reason = 'Failed'; last = 'the reason of its end' }
        @{ fate = 'a .NET exception'; act = { [int]::Parse('no number') }; code = 0; reason = 'Completed' }
        @{ fate = 'an error with -ErrorAction Stop'; act = { Get-Item /no/such/thing -ErrorAction Stop }; code = 1; reason = 'Failed'; last = 'no.such.thing' }
        @{ fate = 'Write-Error'; act = { Write-Error 'not the end' }; code = 0; reason = 'Completed' }
        @{ fate = '[Environment]::Exit(7)'; act = { [System.Environment]::Exit(7) }; code = 7; reason = 'Failed' }
        @{ fate = '$Host.SetShouldExit(5)'; act = { $Host.SetShouldExit(5) }; code = 5; reason = 'Failed' }
        @{ fate = 'Stop-ClusterWorker'; act = { Stop-ClusterWorker }; code = 0; reason = 'Completed'; voluntary = $true }
        @{ fate = 'exit in a finally block'; act = { try { throw 'lost' } finally { exit 4 } }; code = 4; reason = 'Failed' }
    )
    foreach ($one in $fates) {
        $one.last ??= $null
        $one.voluntary ??= $false
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # One worker that is ready and then does what it is sent.
    function Start-Doomed([int] $Count = 1) {
        $null = Start-ClusterMaster -WorkerCount $Count -RestartPolicy Never -ScriptBlock {
            $text = Receive-WorkerMessage -Count 1 | ForEach-Object Body
            . ([scriptblock]::Create($text))
        }
        Get-ClusterWorker
    }

    function Complete-Doomed($Worker, [string] $Act) {
        Send-WorkerMessage $Act -Worker $Worker
        $null = $Worker | Wait-ClusterWorker -TimeoutSec 30
    }
}

Describe 'The end of a worker' {
    AfterAll {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '<fate>: code <code>, reason <reason>' -ForEach $fates {
        # Four at once, as their starts take most of the time.
        $worker = Get-ClusterWorker | Select-Object -First 1
        if (-not $worker) {
            Get-ClusterMaster | Stop-ClusterMaster
            $worker = Start-Doomed 4 | Select-Object -First 1
        }
        Complete-Doomed $worker $act
        $worker.ExitCode | Should -Be $code
        $worker.Signal | Should -BeNullOrEmpty
        $worker.ExitReason | Should -Be $reason
        $worker.ExitedAfterDisconnect | Should -BeExactly $voluntary
        if ($last) {
            $worker.LastError | Should -BeOfType ([System.Management.Automation.ErrorRecord])
            $worker.LastError.Exception.Message | Should -Match $last
        }
        else {
            $worker.LastError | Should -BeNullOrEmpty
        }
        (Receive-ClusterEvent -Name Exit -Count 1 -TimeoutSec 30).Reason | Should -Match "^$reason\b"
    }
}

Describe 'A process that ends without a word' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'crashed: its stderr says more' {
        $worker = Start-Doomed
        Complete-Doomed $worker '[System.Environment]::FailFast("the process has had enough")'
        $worker.ExitReason | Should -Be 'Crashed'
        $worker.ErrorTail -join "`n" | Should -Match 'the process has had enough'
        if (-not $IsWindows) {
            $worker.Signal | Should -Be 'SIGABRT'
            $worker.ExitCode | Should -BeNullOrEmpty
        }
    }

    It 'was ended by <_>' -Skip:([bool] $IsWindows) -ForEach 'SIGKILL', 'SIGUSR1' {
        $worker = Start-Doomed
        Send-ProcessSignal $worker.ProcessId $_.Substring(3)
        $null = $worker | Wait-ClusterWorker -TimeoutSec 30
        # The number of SIGUSR1 differs between systems, so its name is not given.
        $worker.Signal | Should -Match $(if ($_ -eq 'SIGUSR1') { '^SIG\d+$' } else { "^$_`$" })
        $worker.ExitCode | Should -BeNullOrEmpty
        $worker.ExitReason | Should -Be 'Crashed'
    }

    It 'loses nothing that it had sent' {
        $worker = Start-Doomed
        Complete-Doomed $worker '1..500 | Send-WorkerMessage; "out"; [System.Environment]::Exit(3)'
        Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be (@(1..500) + 'out')
    }
}

Describe 'The last error' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'tells category, id, target and place, as the script''s own' {
        $worker = Start-Doomed
        Complete-Doomed $worker @'
            throw [System.Management.Automation.ErrorRecord]::new(
                [System.ArgumentException]::new('wrong argument'), 'SpecId', 'InvalidArgument', 'the target')
'@
        $worker.LastError.Exception.Message | Should -Be 'wrong argument'
        $worker.LastError.FullyQualifiedErrorId | Should -Match '^SpecId'
        $worker.LastError.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $worker.LastError.CategoryInfo.TargetName | Should -Match 'the target'
        $worker.LastError.ScriptStackTrace | Should -Match 'line 1'
    }

    It 'arrives in the error stream as well' {
        $worker = Start-Doomed
        Complete-Doomed $worker 'throw "seen by both"'
        $null = Receive-WorkerMessage -ErrorVariable seen -ErrorAction SilentlyContinue
        $seen.Exception.Message | Should -Be 'seen by both'
    }
}

Describe 'The end of stderr' -Skip:([bool] $IsWindows) {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'holds the last 50 lines' {
        $worker = Start-Doomed
        Complete-Doomed $worker '1..60 | ForEach-Object { [System.Console]::Error.WriteLine("line $_") }'
        $worker.ErrorTail | Should -Be @(11..60 | ForEach-Object { "line $_" })
    }

    It 'holds what native programs write' {
        $worker = Start-Doomed
        Complete-Doomed $worker "[System.Diagnostics.Process]::Start('/bin/sh', [string[]] ('-c', 'echo from a program >&2')).WaitForExit()"
        $worker.ErrorTail | Should -Be 'from a program'
    }

    It 'does not hold what goes to stdout' {
        $worker = Start-Doomed
        Complete-Doomed $worker '[System.Console]::Out.WriteLine("to stdout")'
        $worker.ErrorTail | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
