# Workers on a machine that is reached by SSH: a real sshd, on a port of its own on this machine.

BeforeDiscovery {
    $sshd = Get-Command sshd, /usr/sbin/sshd -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    $server = Get-Command nats-server, /usr/sbin/nats-server -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    $why = if ($IsWindows) { 'the daemon of Windows is a service' }
    elseif (-not $sshd) { 'there is no sshd' }
    elseif (-not $server) { 'there is no nats-server' }
    elseif ((& id -u) -ne 0) { 'an sshd of its own needs root to let others in' }
    $title = $why ? " (skipped: $why)" : ''
}

Describe "A machine that is reached by SSH$title" -Skip:([bool] $why) -ForEach @(@{ sshd = "$sshd" }) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
        Import-Module "$PSScriptRoot/SpecHarness.psm1"
        Import-Module "$PSScriptRoot/PortHarness.psm1"
        $folder = [System.IO.Directory]::CreateTempSubdirectory('spec-ssh-').FullName
        $null = New-Item -ItemType Directory /run/sshd, "$folder/modules" -Force
        $null = New-Item -ItemType SymbolicLink "$folder/modules/Cluster" -Target (Resolve-Path "$PSScriptRoot/../../module").Path
        foreach ($name in 'host', 'mine', 'foreign') { & ssh-keygen -q -t ed25519 -N '' -f "$folder/$name" }
        Copy-Item "$folder/mine.pub" "$folder/authorized"
        $program = Split-Path (Get-HostProgram)
        $probe = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $probe.Start()
        $port = $probe.LocalEndpoint.Port
        $probe.Stop()
        Set-Content "$folder/config" @(
            "Port $port", 'ListenAddress 127.0.0.1', "HostKey $folder/host", "AuthorizedKeysFile $folder/authorized", 'StrictModes no', 'UsePAM no', "PidFile $folder/pid"
            "SetEnv PATH=${program}:/usr/bin:/bin PSModulePath=$folder/modules TMPDIR=$([System.IO.Path]::GetTempPath().TrimEnd('/'))")
        $daemon = Start-Process $sshd '-D', '-f', "$folder/config", '-E', "$folder/log" -PassThru
        Wait-Until { try { [System.Net.Sockets.TcpClient]::new('127.0.0.1', $port).Dispose(); $true } catch { $false } }
        $there = @{
            HostName = '127.0.0.1'; Port = $port; KeyFilePath = "$folder/mine"
            Options  = @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = '/dev/null'; IdentitiesOnly = 'yes' }
        }
        $wait = @{ TimeoutSec = 30 }
        function Get-Ssh { Get-DescendantProcess $PID | Where-Object Name -EQ ssh | ForEach-Object Id }
    }

    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
        Get-Ssh | Should -BeNullOrEmpty
    }

    AfterAll {
        Stop-Process -Id $daemon.Id
        Remove-Item $folder -Recurse
    }

    It 'runs workers, and no other machine does' {
        $cluster = Start-ClusterMaster -SSHConnection $there -WorkerCount 2 -ScriptBlock {
            Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage "$($_.Body): $([bool] $env:SSH_CONNECTION)" }
        }
        (Get-ClusterMachine).WorkerCount | Should -Be 2
        $cluster.Workers.ComputerName | Should -Be 127.0.0.1, 127.0.0.1
        $cluster.Workers | Should -HaveCount 2
        $cluster.JoinTicket | Should -BeNullOrEmpty
        1..4 | Send-WorkerMessage -Any
        Receive-WorkerMessage -Count 4 -ExpandBody @wait | Sort-Object | Should -Be (1..4 | ForEach-Object { "${_}: True" })

        # Nothing on a command line is a secret, of ssh neither.
        $lines = Get-DescendantProcess $PID | ForEach-Object { Get-Content -Raw "/proc/$($_.Id)/cmdline" -ErrorAction Ignore }
        ($lines -join "`n") | Should -Not -Match 'cluster1\.'
    }

    It 'runs the items of a map' {
        $null = Start-ClusterMaster -SSHConnection $there -WorkerCount 1
        1..100 | Invoke-ClusterWorker { $_ * 2 } -Ordered | Should -Be (1..100 | ForEach-Object { $_ * 2 })
    }

    It 'is lost with its connection, nothing of it goes on, and it is back when it can be reached again' {
        $cluster = Start-ClusterMaster -SSHConnection $there -WorkerCount 1 -ScriptBlock { $PID; Receive-WorkerMessage -Wait }
        $process = Receive-WorkerMessage -Count 1 -ExpandBody @wait
        $worker = $cluster.Workers[0]
        Get-Ssh | ForEach-Object { Stop-Process -Id $_ -Force }
        (Receive-ClusterEvent MachineLost -Count 1 @wait).ComputerName | Should -Be $worker.ComputerName
        Wait-Until { -not (Test-ProcessAlive $process) }
        $null = Wait-ClusterWorker $worker @wait
        $worker.ExitReason | Should -Be 'MachineLost'
        (Receive-ClusterEvent MachineReturned -Count 1 @wait).ComputerName | Should -Be $worker.ComputerName
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Not -Be $process
        $cluster.Workers | Should -HaveCount 1
    }

    It 'that does not take the key is told with the words of ssh' {
        $refused = $there.Clone()
        $refused.KeyFilePath = "$folder/foreign"
        $failure = { Start-ClusterMaster -SSHConnection $refused -ErrorAction Stop } | Should -Throw -ErrorId 'MachineStartFailed,*' -PassThru
        "$failure" | Should -BeLike '*Permission denied*'
    }

    It 'that cannot be reached and is not needed is an error and an event, and the others work' {
        $wrong = $there.Clone()
        $wrong.Options = @{ NoSuchOption = 'yes' }
        $cluster = Start-ClusterMaster -SSHConnection $wrong, $there -WorkerCount 1 -MinimumMachineCount 1 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.FullyQualifiedErrorId | Should -BeLike 'MachineStartFailed,*'
        $problem.TargetObject | Should -Be 127.0.0.1
        (Receive-ClusterEvent MachineLost -Count 1 @wait).Reason | Should -BeLike '*nosuchoption*'
        $cluster.Workers | Should -HaveCount 1
        1..3 | Invoke-ClusterWorker { $_ } -Ordered | Should -Be 1, 2, 3
    }

    It 'is not waited for with -NoWait, which an event tells when it cannot be reached' {
        $refused = $there.Clone()
        $refused.KeyFilePath = "$folder/foreign"
        $null = Start-ClusterMaster -SSHConnection $refused -NoWait
        $lost = Receive-ClusterEvent MachineLost -Count 1 @wait
        $lost.ComputerName | Should -Be 127.0.0.1
        $lost.Reason | Should -BeLike '*Permission denied*'
    }

    It 'without PowerShell is told with the words of its shell' {
        $without = $there.Clone()
        $without.HostPath = '/nowhere/pwsh'
        $failure = { Start-ClusterMaster -SSHConnection $without -ErrorAction Stop } | Should -Throw -ErrorId 'MachineStartFailed,*' -PassThru
        "$failure" | Should -BeLike '*/nowhere/pwsh*'
    }
}

Describe 'Afterwards' {
    BeforeAll { Import-Module "$PSScriptRoot/SpecHarness.psm1" }

    It 'nothing is left' { Assert-NothingLeft }
}
