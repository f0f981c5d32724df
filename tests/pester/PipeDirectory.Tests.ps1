# The private folder of a master's sockets on Unix: who may look into it, when a socket is gone, and who cleans up after a
# master that was killed. On Windows pipes are no files.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Puppet.psm1"
}

AfterAll {
    Assert-NothingLeft
}

Describe 'The folder of the sockets' -Skip:([bool] $IsWindows) {
    BeforeAll {
        $cluster = Start-PuppetCluster -Count 2
        $folder = Split-Path $cluster.Puppets[0].Pipe
    }

    AfterAll {
        Stop-PuppetCluster $cluster
    }

    It 'lies in the temp folder, with a name that nobody can guess' {
        (Split-Path $folder).TrimEnd('/') | Should -Be ([System.IO.Path]::GetTempPath().TrimEnd('/'))
        Split-Path $folder -Leaf | Should -Match '^cluster-[0-9A-Fa-f]{12,}$'
    }

    It 'is open to its user alone' {
        [System.IO.File]::GetUnixFileMode($folder) | Should -Be 'UserExecute, UserWrite, UserRead'
    }

    It 'holds a socket for each worker that has not connected, with a path of less than 104 bytes' {
        $cluster.Puppets | Should -HaveCount 2
        $cluster.Puppets[0].Pipe | Should -Not -Be $cluster.Puppets[1].Pipe
        foreach ($puppet in $cluster.Puppets) {
            Split-Path $puppet.Pipe | Should -Be $folder
            $puppet.Pipe | Should -Exist
            [System.Text.Encoding]::UTF8.GetByteCount($puppet.Pipe) | Should -BeLessThan 104
        }
    }

    It 'loses a socket as soon as its worker has connected, and keeps the others' {
        Connect-Puppet $cluster.Puppets[0]
        $cluster.Puppets[0].Pipe | Should -Not -Exist
        $cluster.Puppets[1].Pipe | Should -Exist
    }

    It 'is shared by the masters of a process, and there as long as one of them is' {
        $second = Start-PuppetCluster
        try {
            Split-Path $second.Puppets[0].Pipe | Should -Be $folder
        }
        finally {
            Stop-PuppetCluster $second
        }
        $second.Puppets[0].Pipe | Should -Not -Exist
        $folder | Should -Exist
    }

    It 'has gone when the last master has been stopped' {
        $cluster.Master | Stop-ClusterMaster -Force
        $folder | Should -Not -Exist
    }
}

Describe 'The folder of a master that was killed' -Skip:([bool] $IsWindows) {
    BeforeAll {
        # A temp folder of their own for the masters of this block; a short one, as the path of a socket must be short.
        $temp = Join-Path ([System.IO.Path]::GetTempPath()) "sweep-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = [System.IO.Directory]::CreateDirectory($temp)

        function Start-Master {
            $master = Start-HostScript "$PSScriptRoot/Files/master-with-worker.ps1" -Environment @{ TMPDIR = $temp }
            $line = Read-HostScript $master
            $line | Should -Match '^worker \d+$'
            $master | Add-Member WorkerId ([int] $line.Substring(7)) -PassThru
        }

        function Get-Folder {
            @([System.IO.Directory]::GetDirectories($temp, 'cluster-*'))
        }
    }

    AfterAll {
        [System.IO.Directory]::Delete($temp, $true)
    }

    It 'is swept by the next start of another; those of the living and what is not ours stay' {
        # Folders that only look like ours.
        $foreign = [System.IO.Directory]::CreateDirectory((Join-Path $temp 'cluster-of-somebody')).FullName
        [System.IO.File]::WriteAllText((Join-Path $foreign 'notes.txt'), 'mine')
        $killed = $living = $next = $null
        try {
            $living = Start-Master
            $ofLiving = @(Get-Folder | Where-Object { $_ -ne $foreign })
            $ofLiving | Should -HaveCount 1
            $killed = Start-Master
            $ofKilled = @(Get-Folder | Where-Object { $_ -notin $foreign, $ofLiving[0] })
            $ofKilled | Should -HaveCount 1

            $killed.Process.Kill()
            $killed.Process.WaitForExit(30000) | Should -BeTrue
            (Wait-ProcessEnd $killed.WorkerId).Values | Should -Not -Contain $null
            $ofKilled[0] | Should -Exist

            $next = Start-Master
            $ofKilled[0] | Should -Not -Exist
            $ofLiving[0] | Should -Exist
            Join-Path $foreign 'notes.txt' | Should -Exist

            $next.Process.StandardInput.WriteLine()
            Read-HostScript $next | Should -Be 'stopped'
            Get-Folder | Sort-Object | Should -Be (@($foreign, $ofLiving[0]) | Sort-Object)
        }
        finally {
            $killed, $living, $next | ForEach-Object { Stop-HostScript $_ }
        }
    }
}
