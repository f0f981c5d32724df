# What Tab offers, with tool tips, and what parameters take beside their own type. Of enumerations PowerShell itself offers the names,
# before it asks a completer, and so without tool tips.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"

    function Complete([string] $Line) {
        @((TabExpansion2 $Line $Line.Length).CompletionMatches)
    }

    $cluster = Start-ClusterMaster -Name 'shop floor' -WorkerCount 2 {
        Send-WorkerMessage 1 -Topic alarm
        Send-WorkerMessage 2 -Topic 'slow news'
        $null = Receive-WorkerMessage -Wait
    }
    # Both workers' messages are there, and stay unread.
    while ($cluster | Get-ClusterMetric cluster.message.count | Where-Object { $_.Direction -eq 'receive' -and $_.Value -lt 2 }) { }
    $ids = (Get-ClusterWorker).Id
}

AfterAll {
    $cluster | Stop-ClusterMaster -Force
}

Describe 'Completion' {
    It 'of -Worker: ids, with what is behind each' {
        $found = Complete 'Stop-ClusterWorker -Worker '
        $found.CompletionText | Should -Be $ids
        $found[0].ToolTip | Should -BeLike "shop floor:$($ids[0]) in slot ?, process *, Ready, 0 pending"
    }

    It 'of -Worker: slots' {
        (Complete 'Send-WorkerMessage x -Worker sl').CompletionText | Should -Be 'slot:0', 'slot:1'
    }

    It 'of -Slot: their numbers' {
        (Complete 'Get-ClusterWorker -Slot ').CompletionText | Should -Be '0', '1'
    }

    It 'of -Master: names, quoted where they must be' {
        $found = Complete 'Get-ClusterWorker -Master sh'
        $found.CompletionText | Should -Be "'shop floor'"
        $found.ToolTip | Should -Be 'Running, 2 workers'
    }

    It 'of -Topic: those of the unread messages, with their number' {
        $found = Complete 'Receive-WorkerMessage -Topic '
        $found.CompletionText | Should -Be 'alarm', "'slow news'"
        $found.ToolTip | Should -Be '2 unread', '2 unread'
    }

    It 'of -Function: the functions of the session' {
        function global:Measure-SpecOfCompletion { }
        try {
            $line = '1 | Invoke-ClusterWorker { } -Function Measure-SpecOf'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'Measure-SpecOfCompletion'
        }
        finally {
            Remove-Item function:Measure-SpecOfCompletion
        }
    }

    It 'of metrics: each with its description' {
        $found = Complete 'Get-ClusterMetric cluster.wo'
        $found.CompletionText | Should -Be 'cluster.worker.count', 'cluster.worker.restarts'
        $found[1].ToolTip | Should -Match ' '
    }

    It 'of <line>: the names' -ForEach @(
        @{ line = 'Get-ClusterWorker -State '; name = 'Draining' }
        @{ line = 'Wait-ClusterWorker -State '; name = 'Ready' }
        @{ line = 'Receive-ClusterEvent -Name '; name = 'GaveUp' }
        @{ line = 'Start-ClusterMaster -RestartPolicy '; name = 'OnFailure' }
        @{ line = 'Invoke-ClusterWorker -Halt '; name = 'Soon' }
        @{ line = 'New-ClusterListener 80 -Scheduling '; name = 'LeastConnections' }
        @{ line = 'Start-WorkerHttpServer 80 -OnOverload '; name = 'Drop' }
    ) {
        (Complete $line).CompletionText | Should -Contain $name
    }
}

Describe 'A range' {
    It 'of ids names each worker' {
        (Get-ClusterWorker "$($ids[0])..$($ids[1])").Id | Should -Be $ids
        (Wait-ClusterWorker -Worker 1..2 -State Ready).Id | Should -Be $ids
    }

    It 'of slots does too' {
        (Get-ClusterWorker -Slot 0..1).Slot | Sort-Object | Should -Be 0, 1
        (Wait-ClusterWorker -Worker slot:0..1 -State Ready).Id | Sort-Object | Should -Be $ids
    }

    It 'reports those that are not there' {
        $errors = $null
        (Get-ClusterWorker 2..4 -ErrorVariable errors -ErrorAction SilentlyContinue).Id | Should -Be 2
        $errors.TargetObject | Should -Be 3, 4
    }
}

Describe 'A time' {
    It 'is seconds or a time span: <time>' -ForEach @(
        @{ time = 0.2 }, @{ time = [timespan] '00:00:00.2' }, @{ time = '00:00:00.2' }
    ) {
        $errors = $null
        Wait-ClusterWorker -TimeoutSec $time -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'WaitTimeout,*'
        "$($errors[0])" | Should -Match '0.2 s'
    }

    It 'that is a time span takes seconds too: <time>' -ForEach @(
        @{ time = 3600 }, @{ time = '01:00:00' }, @{ time = [timespan]::FromHours(1) }
    ) {
        ($cluster | Set-ClusterMaster -MaxAge $time -PassThru).MaxAge | Should -Be ([timespan]::FromHours(1))
    }

    It 'is refused when it is none' {
        { Wait-ClusterWorker -TimeoutSec soon } | Should -Throw '*soon*'
    }
}

Describe 'A size' {
    It 'is a number or a text with a unit: <size>' -ForEach @(
        @{ size = 500MB }, @{ size = '500MB' }, @{ size = '524288000' }
    ) {
        ($cluster | Set-ClusterMaster -MaxMemory $size -PassThru).MaxMemory | Should -Be 500MB
    }
}

Describe '-WhatIf' {
    It 'of <line> changes nothing' -ForEach @(
        @{ line = 'Stop-ClusterMaster' }, @{ line = 'Set-ClusterMaster -WorkerCount 1' }, @{ line = 'Stop-ClusterWorker 1' }
        @{ line = 'Restart-ClusterWorker 1' }, @{ line = 'Start-ClusterWorker' }
    ) {
        & ([scriptblock]::Create("$line -WhatIf"))
        $cluster.State | Should -Be Running
        (Get-ClusterWorker -State Ready).Id | Should -Be $ids
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        $cluster | Stop-ClusterMaster -Force
        Assert-NothingLeft
    }
}
