# Workers and systems that fail while ports are served: others are served on, and nothing is lost that nobody has taken.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    function Open-Port([long[]] $Workers) {
        $port = 0
        foreach ($id in $Workers) {
            $port = Invoke-InWorker $id ([scriptblock]::Create("`$listener = New-ClusterListener $port -ErrorAction Stop; `$listener.Port"))
        }
        $port
    }

    # Takes what has come to a worker, and says how many it has taken in all.
    function Get-Taken($Worker) {
        Invoke-InWorker $Worker {
            if (-not $taken) { $global:taken = [System.Collections.ArrayList]::new() }
            Receive-ClusterConnection $listener | ForEach-Object { $null = $global:taken.Add($_) }
            $global:taken.Count
        }
    }
}

Describe 'A worker that fails' -Skip:(-not $IsLinux) {
    AfterEach {
        foreach ($client in $clients) { $client.Dispose() }
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'suspended, it keeps nobody waiting but those that it was given, and these only until it is killed' {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2
        $stopped = Get-ClusterWorker 1
        Send-ProcessSignal $stopped.ProcessId STOP
        $clients = 1..300 | ForEach-Object { Connect-Port $port }
        # 64 are on their way to the suspended one.
        Wait-Until { (Get-Taken 2) -eq 236 }
        (Get-ClusterMetric -Name cluster.connection.waiting).Value | Should -Be 0
        Stop-ClusterWorker 1 -Force
        Wait-Until { (Get-Taken 2) -eq 300 }
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 0
    }

    It 'busy for ever, it is given a few connections and no more while another takes its own' {
        $null = Start-ClusterMaster -WorkerCount 2 -ScriptBlock {
            $listener = New-ClusterListener 0 -ErrorAction Stop
            Send-WorkerMessage $listener.Port
            if ($ClusterWorker.Slot -eq 0) { [System.Threading.Thread]::Sleep(-1) }
            while ($connection = $listener.Accept()) { $connection.Close() }
        }
        $port = Receive-WorkerMessage -Count 2 -TimeoutSec 30 -ExpandBody | Select-Object -First 1
        $clients = foreach ($number in 1..100) {
            Connect-Port $port
            # The next one comes when the master knows that the quick worker has taken all of its own.
            Wait-Until {
                $given = (Get-ClusterMetric -Name cluster.connection.handed_over | Measure-Object Value -Sum).Sum
                $given -eq $number -and (Get-ClusterMetric -Name cluster.connection.untaken).Value[1] -eq 0
            }
        }
        (Get-ClusterMetric -Name cluster.connection.handed_over).Value | Should -Be 8, 92
        (Get-ClusterMetric -Name cluster.connection.untaken).Value | Should -Be 8, 0
    }

    It 'without descriptors, its connections go to another, and it gets new ones when it has some again' -Skip:(-not (Get-Command prlimit -ErrorAction Ignore)) {
        $null = Start-PortMaster 2
        $port = Open-Port 1, 2
        $poor = Get-ClusterWorker 1
        $used = ([System.IO.Directory]::GetFileSystemEntries("/proc/$($poor.ProcessId)/fd") | ForEach-Object { [int][System.IO.Path]::GetFileName($_) } | Measure-Object -Maximum).Maximum
        # Gaps below the highest one are filled first.
        $limit = $used + 1
        $before = (& prlimit --pid $poor.ProcessId --nofile --noheadings -o SOFT,HARD) -split '\s+' | Where-Object { $_ }
        & prlimit --pid $poor.ProcessId "--nofile=${limit}:$($before[1])"
        $clients = [System.Collections.ArrayList]@(1..400 | ForEach-Object { Connect-Port $port })
        Wait-Until { (Get-Taken 1) + (Get-Taken 2) -eq 400 }
        Get-Taken 1 | Should -BeLessThan 200
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 0

        & prlimit --pid $poor.ProcessId "--nofile=$($before[0]):$($before[1])"
        $had = Get-Taken 1
        Wait-Until {
            $null = $clients.Add((Connect-Port $port))
            $null = $clients.Add((Connect-Port $port))
            (Get-Taken 1) -gt $had
        }
        Wait-Until { (Get-Taken 1) + (Get-Taken 2) -eq $clients.Count }
    }

    It 'killed while its connections are being taken, each of the others is served exactly once' {
        $null = Start-ClusterMaster -WorkerCount 3 -RestartDelaySec 0.01 -ScriptBlock {
            $listener = New-ClusterListener 0 -ErrorAction Stop
            Send-WorkerMessage $listener.Port
            while ($connection = $listener.Accept()) {
                $text = [System.IO.StreamReader]::new($connection.Stream).ReadLine()
                if ($text -eq 'die') { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
                $connection.Stream.Write([System.Text.Encoding]::ASCII.GetBytes("$text`n"))
                $connection.Close()
            }
        }
        $port = Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody
        $clients = foreach ($number in 1..120) {
            $client = Connect-Port $port
            $null = $client.Send([System.Text.Encoding]::ASCII.GetBytes($(if ($number % 40) { "$number`n" } else { "die`n" })))
            $client
        }
        $answers = foreach ($client in $clients) {
            try { (Read-ToEnd $client).Trim() } catch { 'reset' }
        }
        $numbers = 1..120 | Where-Object { $_ % 40 }
        @($answers | Where-Object { $_ -match '^\d+$' }) | Should -Be $numbers
        (Get-ClusterMetric -Name cluster.connection.dropped).Value | Should -Be 0
    }
}

Describe 'A system that fails' {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -DrainTimeoutSec 10 }

    It 'a folder that goes with the file of a socket in it ends nothing' -Skip:$IsWindows {
        $folder = Join-Path $TestDrive 'gone'
        $null = New-Item -ItemType Directory $folder
        $null = Start-PortMaster 1
        $null = Invoke-InWorker 1 { $listener = New-ClusterListener -Path $path -ErrorAction Stop } @{ path = "$folder/web.sock" }
        Remove-Item -Recurse $folder
        $null = Invoke-InWorker 1 { $listener.Stop() }
        Wait-Until { -not (Get-ClusterWorker).Endpoints }
        $worker = Get-ClusterWorker
        Stop-ClusterMaster -DrainTimeoutSec 20
        $worker.ExitCode | Should -Be 0
        Receive-ClusterEvent -Name CleanupFailed, ProtocolError | Should -BeNullOrEmpty
    }

    It 'the master ends although connections wait for a worker that takes none' {
        $null = Start-PortMaster 1
        $port = Invoke-InWorker 1 { $listener = New-ClusterListener 0 -MaxConnections 0 -ErrorAction Stop; $listener.Port }
        $clients = 1..20 | ForEach-Object { Connect-Port $port }
        Wait-Until { (Get-ClusterMetric -Name cluster.connection.waiting).Value -eq 20 }
        Stop-ClusterMaster -DrainTimeoutSec 20
        foreach ($client in $clients) { Read-ToEnd $client | Should -BeNullOrEmpty }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
