# Watch-ClusterMaster: a text for every refresh, by event and by time, until the end of the master.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 60 }
}

Describe 'Watch-ClusterMaster' {
    BeforeEach {
        $cluster = Start-ClusterMaster { Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body -ReplyTo $_ } } -Name Watched -WorkerCount 2
        $workers = @(Get-ClusterWorker)
    }

    AfterEach {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'shows the master, its requests, its workers and the last events' {
        1..10 | Invoke-WorkerRequest @wait | Should -HaveCount 10
        $text = $cluster | Watch-ClusterMaster -Count 1
        $text | Should -HaveCount 1
        $text | Should -Match 'Watched: Running, 2 of 2 workers ready, 0 unread'
        $text | Should -Match '10 requests \(p50 [\d.,]+ ms, p99 [\d.,]+ ms\)'
        $text | Should -Match 'Id\s+PID\s+State'
        foreach ($worker in $workers) {
            $text | Should -Match "\b$($worker.ProcessId)\s+Ready\b"
            $text | Should -Match "Ready\s+worker $($worker.Id): "
        }
    }

    It 'measures rates, processor and memory between two refreshes' {
        $texts = @(Watch-ClusterMaster -IntervalSec 0.2 -Count 6)
        $texts[0] | Should -Match 'sent -/s, received -/s'
        $texts[-1] | Should -Match 'sent \d[\d.,]*/s, received \d[\d.,]*/s'
        $texts[-1] | Should -Match 'Ready\s.*\s\d+%\s+\d+ MB'
    }

    It 'writes lines of 80 characters without control sequences where nobody looks, and loads no terminal library' {
        $watch = Start-Background { param($Cluster) Watch-ClusterMaster $Cluster -Count 1 } $cluster
        try {
            Wait-Background $watch
            $text = $watch.Output[0]
        }
        finally {
            Remove-Background $watch
        }
        ($text -split '\r?\n' | Measure-Object Length -Maximum).Maximum | Should -BeIn (60..80)
        $text | Should -Not -Match '\x1b'
        [System.Runtime.Loader.AssemblyLoadContext]::All.Name | Should -Not -Contain 'Cluster watch'
    }

    It 'refreshes by time' {
        @(Watch-ClusterMaster -IntervalSec 0.1 -Count 3) | Should -HaveCount 3
    }

    It 'refreshes when something happens' {
        # Far more than this spec waits: only an event can bring the second refresh.
        $texts = @(Watch-ClusterMaster -IntervalSec 86400 -Count 2 | ForEach-Object {
            Stop-ClusterWorker $workers[0] -Force
            $_
        })
        $texts | Should -HaveCount 2
        $texts[1] | Should -Not -Match "\b$($workers[0].ProcessId)\s+Ready\b"
        $texts[1] | Should -Match "\b$($workers[1].ProcessId)\s+Ready\b"
    }

    It 'ends with the master' {
        $texts = @(Watch-ClusterMaster -IntervalSec 0.1 | ForEach-Object {
            if ($cluster.State -ne 'Stopped') {
                $cluster | Stop-ClusterMaster
            }
            $_
        })
        $texts[-1] | Should -Match 'Watched: Stopped, 0 of 2 workers ready'
    }

    It 'ends by Select-Object -First' {
        @(Watch-ClusterMaster -IntervalSec 0.1 | Select-Object -First 1) | Should -HaveCount 1
    }

    It 'is stopped by Ctrl+C' {
        $watch = Start-Background { param($Cluster) Watch-ClusterMaster $Cluster -IntervalSec 86400 } $cluster
        try {
            Wait-BackgroundOutput $watch
            Stop-Background $watch | Should -Be Stopped
        }
        finally {
            Remove-Background $watch
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
