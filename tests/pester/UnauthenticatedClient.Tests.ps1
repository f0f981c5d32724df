# Unauthenticated clients at a worker's pipe, and workers that say the wrong thing: refused and reported, and no other worker is affected.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # The pipes of workers that are awaited; only those of masters of this process while nothing else is under test.
    function Get-WaitingPipe {
        if ($IsWindows) {
            [System.IO.Directory]::GetFiles('\\.\pipe\', 'cluster-*') | ForEach-Object { [System.IO.Path]::GetFileName($_) }
        }
        else {
            Get-ChildItem ([System.IO.Path]::GetTempPath()) -Filter 'cluster-*' -Directory |
                Get-ChildItem | Where-Object Name -Match '^[0-9A-F]{16}$' | ForEach-Object FullName
        }
    }

    # Connects to a pipe, says something, and returns when the other side has hung up.
    function Send-ToPipe([string] $Name, [byte[]] $Bytes) {
        $pipe = [System.IO.Pipes.NamedPipeClientStream]::new('.', $Name, 'InOut', 'Asynchronous, CurrentUserOnly')
        try {
            $pipe.Connect(30000)
            try {
                $pipe.Write($Bytes, 0, $Bytes.Length)
                $reading = $pipe.ReadAsync([byte[]]::new(16), 0, 16)
                $reading.Wait(30000) | Should -BeTrue -Because 'the master must hang up'
                $reading.Result | Should -Be 0
            }
            catch [System.IO.IOException], [System.AggregateException] {
                # It has hung up already.
            }
        }
        finally {
            $pipe.Dispose()
        }
    }
}

Describe 'An unauthenticated client at the pipe of a worker that has not connected yet' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'is refused and reported, and the worker connects after it' -Skip:([bool] $IsWindows) {
        # A host that waits until it may become a worker.
        $gate = Join-Path $TestDrive 'go'
        $slowHost = Join-Path $TestDrive 'slow-host'
        Set-Content -LiteralPath $slowHost -Value "#!/bin/sh`nwhile [ ! -e '$gate' ]; do sleep 0.05; done`nexec '$(Get-HostProgram)' `"`$@`""
        & /bin/sh -c "chmod 700 '$slowHost'"
        $before = @(Get-WaitingPipe)
        $null = Start-ClusterMaster -WorkerCount 1 -NoWait -HostPath $slowHost -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object Body }
        $null = Receive-ClusterEvent -Name Fork -Count 1 -TimeoutSec 30
        $pipe = Get-WaitingPipe | Where-Object { $_ -notin $before }
        $pipe | Should -HaveCount 1
        foreach ($attempt in 1..3) {
            Send-ToPipe $pipe ([System.Text.Encoding]::UTF8.GetBytes("GET / HTTP/1.1`r`n`r`n"))
            $event = Receive-ClusterEvent -Name ProtocolError -Count 1 -TimeoutSec 30
            $event.Worker.Id | Should -Be 1
            $event.Reason | Should -Match "\b$PID\b"
        }
        Set-Content -LiteralPath $gate -Value ''
        Send-WorkerMessage 'hello' -All
        Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody | Should -Be 'hello'
        # No other client can connect any more.
        Get-WaitingPipe | Where-Object { $_ -notin $before } | Should -BeNullOrEmpty
    }

    It 'cannot even connect as another user: the folder is private' -Skip:([bool] $IsWindows) {
        $temp = [System.IO.Path]::GetTempPath()
        $before = @(Get-ChildItem $temp -Filter 'cluster-*' -Directory | ForEach-Object FullName)
        $null = Start-ClusterMaster -WorkerCount 1
        $folder = @(Get-ChildItem $temp -Filter 'cluster-*' -Directory | ForEach-Object FullName | Where-Object { $_ -notin $before })
        $folder.Count | Should -BeGreaterOrEqual 1
        foreach ($one in $folder) {
            [System.IO.File]::GetUnixFileMode($one) | Should -Be 'UserExecute, UserWrite, UserRead'
        }
    }
}

Describe 'A worker that says the wrong thing' {
    BeforeAll {
        $good = Start-ClusterMaster -Name good -WorkerCount 1 -ScriptBlock { Receive-WorkerMessage -Wait | ForEach-Object Body }
        $fixture = Join-Path $PSScriptRoot 'Files/hello-in-vain.ps1'
    }

    AfterEach {
        Stop-ClusterMaster bad -Force
    }

    AfterAll {
        Stop-ClusterMaster good
    }

    It '<what> is reported, does not become a worker, and changes nothing for others' -ForEach @(
        @{ what = 'a wrong token'; argument = 'token'; says = 'token' }
        @{ what = 'another version'; argument = 'version'; says = 'versions 90 to 99, its master 1;' }
        @{ what = 'another role'; argument = 'role'; says = 'role Observer; Worker' }
        @{ what = 'a hello of another size'; argument = 'size'; says = 'size' }
        @{ what = 'garbage'; argument = 'garbage'; says = 'frame announces' }
        @{ what = 'a forged length'; argument = 'length'; says = 'frame announces' }
    ) {
        $null = Start-ClusterMaster -Name bad -WorkerCount 1 -NoWait -HostArgument '-Command', "& '$fixture' $argument #"
        $event = Receive-ClusterEvent -Master bad -Name ProtocolError -Count 1 -TimeoutSec 30
        $event | Should -HaveCount 1
        $event.Reason | Should -Match $says
        $worker = Get-ClusterWorker -Master bad
        $event.Worker | Should -Be $worker
        $worker.State | Should -Be 'Starting'
        Receive-ClusterEvent -Master bad | ForEach-Object Name | Should -Be 'Fork'
        Send-WorkerMessage 'still there?' -All -Master good
        Receive-WorkerMessage -Master good -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'still there?'
        Receive-ClusterEvent -Master good -Name ProtocolError | Should -BeNullOrEmpty
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
