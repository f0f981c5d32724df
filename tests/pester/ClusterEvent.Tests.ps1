# Receive-ClusterEvent: each event once in a session, whoever else reads; when it returns, and what it keeps for the next call.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }

    # Numbered events without a process.
    function Add-Setup([int[]] $Number) {
        foreach ($one in $Number) {
            Set-ClusterMaster -Master $cluster -MaxRestarts $one
        }
    }
}

AfterAll {
    Assert-NothingLeft
}

Describe 'Receive-ClusterEvent' {
    BeforeEach {
        $cluster = Start-ClusterMaster -WorkerCount 1
        $null = Receive-ClusterEvent
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'gives each event once, and leaves those of other names unread' {
        Add-Setup 1, 2
        Set-ClusterMaster -WorkerCount 2
        Add-Setup 3
        (Receive-ClusterEvent Resize).Name | Should -Be 'Resize'
        Receive-ClusterEvent Resize | Should -BeNullOrEmpty
        (Receive-ClusterEvent Setup).Name | Should -Be 'Setup', 'Setup', 'Setup', 'Setup'
        (Receive-ClusterEvent).Name | Should -Be 'Fork', 'Online', 'Ready'
    }

    It 'gives all events to every session' {
        $other = Start-Background { param($Master) (Receive-ClusterEvent -Master $Master).Name; Receive-ClusterEvent -Master $Master } $cluster
        try {
            Wait-Background $other
            $other.Output | Should -Be 'Fork', 'Online', 'Ready'
        }
        finally {
            Remove-Background $other
        }
        Receive-ClusterEvent | Should -BeNullOrEmpty
    }

    It 'reads beside another session, a handler and a log, and all have the same' {
        $handled = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
        $null = Register-ObjectEvent -InputObject $cluster -EventName Event -SourceIdentifier beside
        $other = Start-Background { param($Master) Receive-ClusterEvent Setup -Count 500 -TimeoutSec 30 -Master $Master } $cluster
        try {
            Add-Setup (1..500)
            $own = @(Receive-ClusterEvent Setup -Count 500 @wait)
            Wait-Background $other
            $own | Should -HaveCount 500
            "$($other.Output.Time.Ticks)" | Should -Be "$($own.Time.Ticks)"
            while ($handled.Count -lt 500 -and ($raised = @(Wait-Event -SourceIdentifier beside -Timeout 30))) {
                $raised | Sort-Object EventIdentifier | ForEach-Object {
                    $handled.Enqueue($_.SourceEventArgs.Time.Ticks)
                    Remove-Event -EventIdentifier $_.EventIdentifier
                }
            }
            $handled | Sort-Object | Should -Be ($own.Time.Ticks | Sort-Object)
        }
        finally {
            Remove-Background $other
            Unregister-Event beside
        }
    }

    It 'keeps what Select-Object -First did not take' {
        Add-Setup (1..5)
        $first = Receive-ClusterEvent Setup | Select-Object -First 2
        $rest = Receive-ClusterEvent Setup
        $first.Count | Should -Be 2
        $rest.Count | Should -Be 3
        $waited = Receive-ClusterEvent Fork, Setup -Wait | & { begin { Add-Setup 6, 7 } process { $_ } } | Select-Object -First 1
        $waited.Name | Should -Be 'Setup'
        (Receive-ClusterEvent).Name | Should -Be 'Setup'
    }

    It 'loses nothing when Ctrl+C stops it in a flow of events' {
        $state = [initialsessionstate]::CreateDefault2()
        $state.ImportPSModule([string[]] [System.IO.Path]::GetFullPath("$PSScriptRoot/../../module/Cluster.psd1"))
        $runspace = [runspacefactory]::CreateRunspace($state)
        $runspace.Open()
        try {
            $read = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $nothing.Complete()
            foreach ($round in 1..10) {
                $shell = [powershell]::Create($runspace)
                $run = $shell.AddScript('param($Master) Receive-ClusterEvent Setup -Wait -Master $Master').AddArgument($cluster).BeginInvoke($nothing, $read)
                $before = $read.Count
                Add-Setup (1..200)
                $clock = [System.Diagnostics.Stopwatch]::StartNew()
                while ($read.Count -lt $before + 20 -and $clock.Elapsed.TotalSeconds -lt 30) {
                    [System.Threading.Thread]::Sleep(1)
                }
                $shell.Stop()
                $shell.InvocationStateInfo.State | Should -Be 'Stopped'
                $shell.Dispose()
            }
            $shell = [powershell]::Create($runspace)
            $rest = $shell.AddScript('param($Master) Receive-ClusterEvent Setup -Master $Master').AddArgument($cluster).Invoke()
            $shell.Dispose()
            $own = Receive-ClusterEvent Setup
            $own | Should -HaveCount 2000
            "$((@($read) + @($rest)).Time.Ticks)" | Should -Be "$($own.Time.Ticks)"
        }
        finally {
            $runspace.Dispose()
        }
    }

    It 'warns of what this session has missed, once' {
        Add-Setup (1..10005)
        Receive-ClusterEvent Exit -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -BeNullOrEmpty
        { Receive-ClusterEvent -Count 1 -WarningAction Stop } | Should -Throw '*5 events were dropped*'
        $events = Receive-ClusterEvent -WarningVariable warnings -WarningAction SilentlyContinue
        $events | Should -HaveCount 10000
        $warnings | Should -BeNullOrEmpty
    }

    It '-Wait ends when the master has been stopped, with its last events' {
        $reader = Start-Background { param($Master) Receive-ClusterEvent -Wait -Master $Master } $cluster
        try {
            Wait-BackgroundOutput $reader 3
            $cluster | Stop-ClusterMaster -Force
            Wait-Background $reader
            $reader.Output.Name | Should -Contain 'Exit'
            (Receive-ClusterEvent -Wait -Master $cluster @wait).Name | Should -Contain 'Exit'
        }
        finally {
            Remove-Background $reader
        }
    }
}

Describe 'A worker that has lost messages' {
    It 'gives them to every session that has begun to read' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -RestartPolicy Never -ScriptBlock { $null = Receive-WorkerMessage -Topic never -Count 1 }
        try {
            $null = Receive-ClusterEvent
            1..3 | Send-WorkerMessage -Any
            $other = Start-Background { param($Master) 'started'; Receive-ClusterEvent MessagesLost -Count 1 -TimeoutSec 30 -Master $Master } $cluster
            Wait-BackgroundOutput $other
            Get-ClusterWorker | Stop-ClusterWorker -Force
            Wait-Background $other
            $own = Receive-ClusterEvent MessagesLost
            $own.Messages.Body | Should -Be 1, 2, 3
            $own.DroppedBodies | Should -Be 0
            $other.Output[1].Messages.Body | Should -Be 1, 2, 3
        }
        finally {
            Remove-Background $other
            $cluster | Stop-ClusterMaster -Force
        }
    }
}
