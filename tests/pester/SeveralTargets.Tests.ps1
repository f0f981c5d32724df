# Commands with several targets: one that fails keeps no other from being served, and workers of several masters are never
# taken for each other's.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 60 }
    $echo = { Receive-WorkerMessage -Wait | ForEach-Object { if ($_.Kind -eq 'Request') { Send-WorkerMessage -ReplyTo $_ -Body "$($ClusterWorker.ClusterName):$($ClusterWorker.Id)" } else { Send-WorkerMessage "$($ClusterWorker.ClusterName):$($ClusterWorker.Id)" } } }
}

Describe 'Workers of two masters' {
    BeforeAll {
        $one = Start-ClusterMaster -Name One -WorkerCount 2 -ScriptBlock $echo
        $two = Start-ClusterMaster -Name Two -WorkerCount 2 -ScriptBlock $echo
        $workers = (Get-ClusterWorker -Master One -Id 1), (Get-ClusterWorker -Master Two -Id 2)
    }

    AfterAll {
        $one, $two | Stop-ClusterMaster -Force
    }

    It 'are not read in one call, whose error names both masters' -ForEach @(
        @{ name = 'from the pipeline'; script = { $workers | Receive-WorkerMessage -ErrorAction Stop } }
        @{ name = 'as a parameter'; script = { Receive-WorkerMessage -Worker $workers -ErrorAction Stop } }
        @{ name = 'with -Count'; script = { $workers | Receive-WorkerMessage -Count 4 -TimeoutSec 20 -ErrorAction Stop } }
    ) {
        Send-WorkerMessage hello -All -Master One
        Send-WorkerMessage hello -All -Master Two
        $script | Should -Throw -ErrorId 'MasterAmbiguous,*' -ExpectedMessage '*One:1*''One''*Two:2*''Two''*once for each*'
        Receive-WorkerMessage -Master One -Count 2 -ExpandBody @wait | Sort-Object | Should -Be 'One:1', 'One:2'
        $workers[1] | Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'Two:2'
        Receive-WorkerMessage -Master Two -Count 1 -ExpandBody @wait | Should -Be 'Two:1'
    }

    It 'are written to, each in its own' {
        $workers | Send-WorkerMessage -Body hello
        Send-WorkerMessage hello -Worker $workers
        Receive-WorkerMessage -Master One -Count 2 -ExpandBody @wait | Should -Be 'One:1', 'One:1'
        Receive-WorkerMessage -Master Two -Count 2 -ExpandBody @wait | Should -Be 'Two:2', 'Two:2'
    }

    It 'are asked, each in its own' {
        Invoke-WorkerRequest hello $workers @wait | Should -Be 'One:1', 'Two:2'
    }

    It 'are not taken for those of the master that is named: <name>' -ForEach @(
        @{ name = 'Receive-WorkerMessage'; script = { Receive-WorkerMessage -Worker $args[0] -Master $args[1] -Count 1 -TimeoutSec 20 -ErrorAction Stop } }
        @{ name = 'Send-WorkerMessage'; script = { Send-WorkerMessage hello -Worker $args[0] -Master $args[1] -ErrorAction Stop } }
        @{ name = 'Send-WorkerMessage, from the pipeline'; script = { $args[0] | Send-WorkerMessage -Body hello -Master $args[1] -ErrorAction Stop } }
        @{ name = 'Invoke-WorkerRequest'; script = { Invoke-WorkerRequest hello -Worker $args[0] -Master $args[1] -TimeoutSec 30 -ErrorAction Stop } }
        @{ name = 'Wait-ClusterWorker'; script = { Wait-ClusterWorker $args[0] -Master $args[1] -State Ready -TimeoutSec 30 -ErrorAction Stop } }
        @{ name = 'Stop-ClusterWorker'; script = { Stop-ClusterWorker $args[0] -Master $args[1] -ErrorAction Stop } }
        @{ name = 'Restart-ClusterWorker'; script = { Restart-ClusterWorker $args[0] -Master $args[1] -ErrorAction Stop } }
    ) {
        $sent = (Get-ClusterWorker).Sent
        foreach ($master in $one, 'One') {
            { & $script $workers[1] $master } | Should -Throw -ErrorId 'WorkerNotFound,*' -ExpectedMessage '*Two:2*''One''*'
        }
        (Get-ClusterWorker).State | Should -Be (@('Ready') * 4)
        (Get-ClusterWorker).Sent | Should -Be $sent
    }

    It 'are replaced, stopped and waited for, each in its own' {
        $fresh = $workers | Restart-ClusterWorker -PassThru
        "$fresh" | Should -Be 'One:3 Two:3'
        $fresh | Wait-ClusterWorker -State Ready @wait | Sort-Object MasterName | ForEach-Object { "$_" } | Should -Be 'One:3', 'Two:3'
        $fresh | Stop-ClusterWorker -PassThru | ForEach-Object { "$_" } | Should -Be 'One:3', 'Two:3'
        Get-ClusterWorker | ForEach-Object { "$_" } | Should -Be 'One:2', 'Two:1'
    }
}

Describe 'A target that cannot be found' {
    BeforeAll {
        $cluster = Start-ClusterMaster -Name Only -WorkerCount 2 -ScriptBlock $echo
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'is an error of its own, and the others are served: <name>' -ForEach @(
        @{ name = 'Wait-ClusterWorker'; script = { Wait-ClusterWorker 99, 1, 98, 2 -State Ready -TimeoutSec 60 }; served = 'Only:1 Only:2' }
        @{ name = 'Wait-ClusterWorker, from the pipeline'; script = { 99, 1, 98, 2 | Wait-ClusterWorker -State Ready -TimeoutSec 60 }; served = 'Only:1 Only:2' }
        @{ name = 'Get-ClusterWorker'; script = { Get-ClusterWorker 99, 1, 98, 2 }; served = 'Only:1 Only:2' }
        @{ name = 'Invoke-WorkerRequest'; script = { Invoke-WorkerRequest hello 99, 1, 98, 2 -TimeoutSec 60 }; served = 'Only:1 Only:2' }
        @{ name = 'Send-WorkerMessage'; script = { Send-WorkerMessage hello -Worker 99, 1, 98, 2; Receive-WorkerMessage -Count 2 -ExpandBody -TimeoutSec 60 | Sort-Object }; served = 'Only:1 Only:2' }
        @{ name = 'Send-WorkerMessage, from the pipeline'; script = { 99, 1, 98, 2 | Send-WorkerMessage -Body hello; Receive-WorkerMessage -Count 2 -ExpandBody -TimeoutSec 60 | Sort-Object }; served = 'Only:1 Only:2' }
        @{ name = 'Receive-WorkerMessage'; script = { Send-WorkerMessage hello -All; Receive-WorkerMessage -Worker 99, 1, 98, 2 -Count 2 -ExpandBody -TimeoutSec 60 | Sort-Object }; served = 'Only:1 Only:2' }
        @{ name = 'Get-ClusterMaster'; script = { Get-ClusterMaster none, Only, nil }; served = 'Only' }
        # These change what there is, in this order.
        @{ name = 'Restart-ClusterWorker'; script = { Restart-ClusterWorker 99, 1, 98, 2 -PassThru }; served = 'Only:3 Only:4' }
        @{ name = 'Stop-ClusterWorker'; script = { Stop-ClusterWorker 99, 3, 98, 4 -PassThru }; served = 'Only:3 Only:4' }
        @{ name = 'Stop-ClusterMaster'; script = { Stop-ClusterMaster none, Only, nil; (Get-ClusterMaster).State }; served = 'Stopped' }
    ) {
        $results = & $script 2>&1
        $failures = @($results | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        "$($results | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] })" | Should -Be $served
        $failures.FullyQualifiedErrorId -replace ',.*' | Should -Be (@($name -like '*Master' ? 'MasterNotFound' : 'WorkerNotFound') * 2)
    }

    It 'keeps no sibling from being asked' {
        $asking = Start-ClusterMaster -Name Asking -WorkerCount 2 -ScriptBlock {
            if ($ClusterWorker.Slot -eq 0) {
                Invoke-WorkerRequest hello slot:9, 2 -TimeoutSec 60 -ErrorVariable failures -ErrorAction SilentlyContinue
                $failures.FullyQualifiedErrorId -replace ',.*'
            }
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage -ReplyTo $_ -Body 'sibling' }
        }
        Receive-WorkerMessage -Count 2 -ExpandBody -Master $asking @wait | Should -Be 'sibling', 'WorkerNotFound'
        $asking | Stop-ClusterMaster -Force
    }
}

Describe 'A worker that has a master of its own' {
    It 'means its own workers by a worker, and its siblings by an id' {
        $cluster = Start-ClusterMaster -Name Outer -WorkerCount 1 -ScriptBlock {
            $null = Start-ClusterMaster -Name Inner -WorkerCount 1 -AllowNested -ScriptBlock {
                Receive-WorkerMessage -Wait | ForEach-Object { if ($_.Kind -eq 'Request') { Send-WorkerMessage -ReplyTo $_ -Body asked } else { Send-WorkerMessage read } }
            }
            $own = Get-ClusterWorker -Master Inner
            $own | Send-WorkerMessage -Body hello
            $own | Receive-WorkerMessage -Count 1 -ExpandBody -TimeoutSec 60
            Invoke-WorkerRequest hello $own -TimeoutSec 60
            try { 1, $own | Receive-WorkerMessage -ErrorAction Stop } catch { $_.FullyQualifiedErrorId -replace ',.*' }
            Get-ClusterMaster | Stop-ClusterMaster
        }
        Receive-WorkerMessage -Count 3 -ExpandBody @wait | Should -Be 'read', 'asked', 'MasterAmbiguous'
        $cluster | Stop-ClusterMaster
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
