# -InitializationScript: what runs before a worker's script, and how it may end.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 30 }
}

Describe '-InitializationScript' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'fails the start, before the script: <init>' -ForEach @(
        @{ init = 'exit 7'; says = '*exit code 7*' }
        @{ init = '"output"; exit 7'; says = '*exit code 7*' }
        @{ init = 'Send-WorkerMessage 1; exit 7'; says = '*exit code 7*' }
        @{ init = 'function f { exit 7 }; f'; says = '*exit code 7*' }
        @{ init = '$Host.SetShouldExit(7)'; says = '*exit code 7*' }
        @{ init = 'throw "no luck"'; says = '*no luck*' }
        @{ init = '"output"; throw "no luck"'; says = '*no luck*' }
        @{ init = 'Write-Error "no luck" -ErrorAction Stop'; says = '*no luck*' }
    ) {
        $marker = Join-Path $TestDrive ([guid]::NewGuid())
        { Start-ClusterMaster -WorkerCount 1 -InitializationScript ([scriptblock]::Create($init)) { [System.IO.File]::WriteAllText($using:marker, '') } } |
            Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage $says
        $marker | Should -Not -Exist
    }

    It 'is a failed start even after the worker was ready, and no restart follows' {
        # It waits for its master, which therefore must not wait for it.
        $master = Start-ClusterMaster -WorkerCount 1 -InitializationScript { $null = Receive-WorkerMessage -Count 1; exit 7 } { 'never' }
        Send-WorkerMessage 'go' -All
        $ended = Receive-ClusterEvent -Name Exit -Count 1 @wait
        $ended.Worker.ExitReason | Should -Be 'StartFailed'
        $ended.Worker.ExitCode | Should -Be 7
        (Receive-ClusterEvent -Name GaveUp -Count 1 @wait).Worker.Id | Should -Be 1
        $master.Workers | Where-Object State -NotIn 'Exited', 'Failed' | Should -BeNullOrEmpty
        Receive-ClusterEvent -Name Restart | Should -BeNullOrEmpty
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }

    It 'goes on to the script after: <init>' -ForEach @(
        @{ init = 'return' }
        @{ init = 'Write-Error "not the end"' }
        @{ init = '[int]::Parse("no number")' }
        @{ init = '$global:LASTEXITCODE = 3' }
    ) {
        $null = Start-ClusterMaster -WorkerCount 1 -InitializationScript ([scriptblock]::Create($init)) { 'script' }
        Receive-WorkerMessage -Count 1 -ExpandBody @wait -ErrorAction SilentlyContinue | Should -Be 'script'
    }

    It 'exit 0 is a good end before the script' {
        $null = Start-ClusterMaster -WorkerCount 1 -InitializationScript { 'initialized'; exit 0 } { 'never' }
        $worker = Get-ClusterWorker -IncludeExited | Wait-ClusterWorker @wait
        $worker.ExitReason | Should -Be 'Completed'
        Receive-WorkerMessage -ExpandBody | Should -Be 'initialized'
    }

    It 'may send more than the master takes before it is ready' {
        $null = Start-ClusterMaster -WorkerCount 1 -QueueLimit 10 -InitializationScript { 1..100 | Send-WorkerMessage } { 'script' }
        Receive-WorkerMessage -Wait -ExpandBody @wait | Should -Be (@(1..100) + 'script')
    }

    It 'may ask its master' {
        $null = Start-ClusterMaster -WorkerCount 1 -InitializationScript { Send-WorkerMessage 1 -Acknowledge -TimeoutSec 30 } { 'script' }
        Receive-WorkerMessage -Wait -ExpandBody @wait | Should -Be 1, 'script'
    }

    It 'an exit ends a pool worker too' {
        { Start-ClusterMaster -WorkerCount 1 -InitializationScript { exit 7 } } | Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage '*exit code 7*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
