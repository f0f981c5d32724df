# Names that could also be read as wildcards: what is called exactly so comes first, wherever a name is taken.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $echo = { Receive-WorkerMessage -Wait | ForEach-Object { $to = $_.Topic ? @{ Topic = $_.Topic } : @{}; Send-WorkerMessage $_.Body @to } }
}

Describe 'A master with the name <name>' -ForEach @(
    @{ name = 'jobs[0]'; other = 'jobs0' }
    @{ name = 'jobs['; other = 'jobs' }
    @{ name = 'a`b'; other = 'ab' }
    @{ name = "it's [a]"; other = "it's a" }
) {
    BeforeAll {
        $one = Start-ClusterMaster $echo -WorkerCount 1 -Name $name
        $two = Start-ClusterMaster $echo -WorkerCount 1 -Name $other
    }

    AfterAll {
        $one, $two | Stop-ClusterMaster
    }

    It 'is found by <command>' -ForEach @(
        @{ command = 'Get-ClusterMaster'; run = { Get-ClusterMaster $name } }
        @{ command = 'Get-ClusterWorker -Master'; run = { Get-ClusterWorker -Master $name | Should -Be $one.Workers; $one } }
        @{ command = 'Send- and Receive-WorkerMessage -Master'; run = {
                Send-WorkerMessage 'hello' -All -Master $name
                Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody -Master $name | Should -Be 'hello'
                $one
            }
        }
        @{ command = 'Receive-ClusterEvent -Master'; run = { Receive-ClusterEvent -Master $name -Name Ready | ForEach-Object MasterName | ForEach-Object { Get-ClusterMaster $_ } } }
        @{ command = 'Get-ClusterMetric -Master'; run = { Get-ClusterMetric -Master $name | ForEach-Object MasterName | Select-Object -Unique | ForEach-Object { Get-ClusterMaster $_ } } }
        @{ command = 'Set-ClusterMaster'; run = { Set-ClusterMaster $name -MaxRestarts 3 -PassThru } }
        @{ command = 'the text that completion offers'; run = {
                $line = "Get-ClusterMaster $($name.Substring(0, 1))"
                $offers = (TabExpansion2 $line $line.Length).CompletionMatches
                $offer = $offers | Where-Object ListItemText -EQ $name
                $offer | Should -HaveCount 1
                Invoke-Expression "Get-ClusterMaster $($offer.CompletionText)"
            }
        }
        @{ command = 'completion after a quote'; run = {
                $line = "Get-ClusterMaster '$($name.Substring(0, 1))"
                (TabExpansion2 $line $line.Length).CompletionMatches | Where-Object ListItemText -EQ $name | Should -HaveCount 1
                $one
            }
        }
        @{ command = 'completion of its workers'; run = {
                $line = "Send-WorkerMessage x -Master '$($name -replace "'", "''")' -Worker "
                (TabExpansion2 $line $line.Length).CompletionMatches.ToolTip | Should -HaveCount 1
                $one
            }
        }
    ) {
        & $run | Should -Be $one
    }

    It 'is what Stop-ClusterMaster stops, and nothing else' {
        Stop-ClusterMaster $name -ErrorAction Stop
        $one.State | Should -Be 'Stopped'
        $two.State | Should -Be 'Running'
    }
}

Describe 'A name that nobody has' {
    BeforeAll {
        $master = Start-ClusterMaster -WorkerCount 1
    }

    AfterAll {
        $master | Stop-ClusterMaster
    }

    It 'is an error, not silence: <name>' -ForEach @(
        @{ name = 'Get-ClusterMaster'; run = { Get-ClusterMaster nobody -ErrorAction Stop } }
        @{ name = 'Get-ClusterWorker -Master'; run = { Get-ClusterWorker -Master nobody -ErrorAction Stop } }
        @{ name = 'Get-ClusterMetric -Master'; run = { Get-ClusterMetric -Master nobody -ErrorAction Stop } }
        @{ name = 'Stop-ClusterMaster'; run = { Stop-ClusterMaster nobody -ErrorAction Stop } }
        @{ name = 'Stop-ClusterMaster with what is not a valid pattern'; run = { Stop-ClusterMaster 'nobody[' -ErrorAction Stop } }
    ) {
        $run | Should -Throw -ErrorId 'MasterNotFound,*' -ExpectedMessage "*'nobody*"
    }
}

Describe 'A topic that could be wildcards' {
    BeforeAll {
        $master = Start-ClusterMaster $echo -WorkerCount 1
    }

    AfterAll {
        $master | Stop-ClusterMaster
    }

    It 'is found by itself: <_>' -ForEach 'jobs[0]', 'jobs[', 'a`b' {
        Send-WorkerMessage 1 -All -Topic $_
        Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody -Topic $_ | Should -Be 1
    }

    It 'still finds what it matches as wildcards' {
        Send-WorkerMessage 2 -All -Topic 'jobs7'
        Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody -Topic 'jobs[5-9]' | Should -Be 2
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
