# Get-ClusterMetric, and the meter by which others read the same.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 60 }

    function Get-Value([string] $Name, $Slot, [string] $Direction, [string] $State) {
        (Get-ClusterMetric $Name | Where-Object { $_.Slot -eq $Slot -and "$($_.Direction)" -eq $Direction -and "$($_.State)" -eq $State }).Value
    }
}

Describe 'Get-ClusterMetric' {
    BeforeAll {
        $cluster = Start-ClusterMaster {
            Receive-WorkerMessage -Wait | ForEach-Object {
                $request = $_
                switch ($request.Topic) {
                    'slow' { [System.Threading.Thread]::Sleep(300); Send-WorkerMessage slow -ReplyTo $request }
                    'die' { [Environment]::FailFast('told to') }
                    'output' { 'x' * 1000 }
                    default { Send-WorkerMessage $request.Body -ReplyTo $request }
                }
            }
        } -Name Measured -WorkerCount 2
        $first, $second = Get-ClusterWorker
    }

    AfterAll {
        $cluster | Stop-ClusterMaster -Force
    }

    It 'counts workers by state' {
        Get-Value cluster.worker.count -State Ready | Should -Be 2
        Get-Value cluster.worker.count -State Draining | Should -Be 0
        (Get-ClusterMetric cluster.worker.count | Measure-Object Value -Sum).Sum | Should -Be 2
    }

    It 'counts messages and bytes by slot and direction, exactly' {
        $before = Get-Value cluster.message.count 0 transmit
        $bytes = Get-Value cluster.message.io 0 receive
        $other = Get-Value cluster.message.count 1 transmit
        1..50 | Invoke-WorkerRequest -Worker $first @wait | Should -HaveCount 50
        Get-Value cluster.message.count 0 transmit | Should -Be ($before + 50)
        Get-Value cluster.message.count 0 transmit | Should -Be $first.Sent
        Get-Value cluster.message.count 0 receive | Should -Be $first.Received
        Get-Value cluster.message.io 0 transmit | Should -Be $first.SentBytes
        Get-Value cluster.message.io 0 receive | Should -Be $first.ReceivedBytes
        # 1 to 9 take a byte each, 10 to 50 two.
        Get-Value cluster.message.io 0 receive | Should -Be ($bytes + 91)
        Get-Value cluster.message.count 1 transmit | Should -Be $other
    }

    It 'measures requests from the sending to the answer, not to when it is read' {
        $before = (Get-ClusterMetric cluster.request.duration).Count
        1..20 | Invoke-WorkerRequest -Worker $second @wait | Should -HaveCount 20
        Invoke-WorkerRequest x -Topic slow -Worker $second @wait | Should -Be slow
        $metric = Get-ClusterMetric cluster.request.duration
        $metric.Count | Should -Be ($before + 21)
        $metric.Unit | Should -Be s
        $metric.Max | Should -BeGreaterThan 0.29
        $metric.P50 | Should -BeLessThan $metric.Max
        $metric.P99 | Should -BeGreaterOrEqual $metric.P95
        $metric.P95 | Should -BeGreaterOrEqual $metric.P50
        [math]::Abs($metric.Value - $metric.Sum / $metric.Count) | Should -BeLessThan 0.000001
    }

    It 'says what waits to be read by the master' {
        Get-Value cluster.queue.length -Direction receive | Should -Be 0
        Send-WorkerMessage x -Topic output -Worker $first
        # The answer comes after the output.
        $null = Invoke-WorkerRequest x -Worker $first @wait
        Get-Value cluster.queue.length -Direction receive | Should -Be 1
        (Receive-WorkerMessage).Kind | Should -Be Output
        Get-Value cluster.queue.length -Direction receive | Should -Be 0
    }

    It 'chooses by name, by wildcards, and by master' {
        @(Get-ClusterMetric cluster.message.*).Name | Select-Object -Unique | Should -Be cluster.message.count, cluster.message.io
        @($cluster | Get-ClusterMetric).MasterName | Select-Object -Unique | Should -Be Measured
        Get-ClusterMetric nonsense | Should -BeNullOrEmpty
        { Get-ClusterMetric -Master nobody -ErrorAction Stop } | Should -Throw -ErrorId 'MasterNotFound,*'
    }

    It 'keeps the traffic of a worker that has died' {
        $sent = Get-Value cluster.message.count 1 transmit
        Send-WorkerMessage x -Topic die -Worker $second
        $null = $second | Wait-ClusterWorker -State Exited @wait
        Get-Value cluster.message.count 1 transmit | Should -Be ($sent + 1)
        Get-Value cluster.message.count 1 receive | Should -BeGreaterThan 0
    }
}

Describe 'The meter Cluster' {
    It 'has the same metrics, with names and units that OpenTelemetry knows' {
        $cluster = Start-ClusterMaster -WorkerCount 1
        $instruments = [System.Collections.Generic.Dictionary[string, string]]::new()
        $listener = [System.Diagnostics.Metrics.MeterListener]::new()
        $listener.InstrumentPublished = {
            param($Instrument)
            if ($Instrument.Meter.Name -eq 'Cluster') {
                $instruments[$Instrument.Name] = $Instrument.Unit
            }
        }
        $listener.Start()
        $listener.Dispose()
        $metrics = @(Get-ClusterMetric)
        @($instruments.Keys | Sort-Object) | Should -Be @($metrics.Name | Sort-Object -Unique)
        foreach ($metric in $metrics) {
            $instruments[$metric.Name] | Should -Be $metric.Unit
        }
        $cluster | Stop-ClusterMaster
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
