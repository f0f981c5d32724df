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

BeforeDiscovery {
    # Permissions say nothing to root, unless it gives up the capability.
    $isRoot = -not $IsWindows -and (& /usr/bin/id -u) -eq '0'
    $canBeRefused = -not $IsWindows -and (-not $isRoot -or [bool] (Get-Command setpriv -ErrorAction Ignore))

    # Names and modes of folders, and how to fill them. All but those that say so must stay as they are.
    $decoys = @(
        @{ title = 'another name, with a file called lock'; name = 'cluster-backup-2026'; make = 'echo mine > "$1/lock"; mkdir "$1/deep"; echo mine > "$1/deep/notes.txt"' }
        @{ title = 'the name, open to others'; name = 'cluster-0000000000A1'; mode = '755'; make = ': > "$1/lock"; echo mine > "$1/notes.txt"' }
        @{ title = 'the name, with an empty lock'; name = 'cluster-0000000000A2'; make = ': > "$1/lock"' }
        @{ title = 'the name, with a lock of somebody else'; name = 'cluster-0000000000A3'; make = 'echo mine > "$1/lock"' }
        @{ title = 'the name, with a FIFO as its lock'; name = 'cluster-0000000000A4'; make = 'mkfifo "$1/lock"' }
        @{ title = 'the name, with a link as its lock'; name = 'cluster-0000000000A5'; make = 'printf "$2" > "$1/real"; ln -s real "$1/lock"' }
        @{ title = 'the name, with something else in it'; name = 'cluster-0000000000A6'; make = 'printf "$2" > "$1/lock"; echo mine > "$1/notes.txt"' }
        @{ title = 'the name, with a file that is called like a socket'; name = 'cluster-0000000000A7'; make = 'printf "$2" > "$1/lock"; echo mine > "$1/0123456789ABCDEF"' }
        @{ title = 'the name, without a lock'; name = 'cluster-0000000000A8'; make = ':' }
        @{ title = 'a link to a folder that would be one'; name = 'cluster-0000000000A9'; make = 'rmdir "$1"; mkdir -m 700 "$1-target"; printf "$2" > "$1-target/lock"; ln -s "$1-target" "$1"' }
        @{ title = 'a file'; name = 'cluster-0000000000AA'; make = 'rmdir "$1"; printf "$2" > "$1"' }
        @{ title = 'the name in lower case'; name = 'cluster-0000000000ab'; make = 'printf "$2" > "$1/lock"' }
        @{ title = 'an unfinished one that was just begun'; name = '.cluster-0000000000AC'; make = ':' }
        @{ title = 'an old unfinished one with something else in it'; name = '.cluster-0000000000AD'; old = $true; make = ': > "$1/lock"; echo mine > "$1/notes.txt"' }
    )
    if ($isRoot) {
        $decoys += @{ title = 'another user''s'; name = 'cluster-0000000000AE'; make = 'printf "$2" > "$1/lock"; chown 65534 "$1" "$1/lock"' }
    }
    $leftovers = @(
        @{ title = 'a folder with its lock'; name = 'cluster-0000000000B1'; make = 'printf "$2" > "$1/lock"' }
        @{ title = 'an unfinished one'; name = '.cluster-0000000000B2'; old = $true; make = ':' }
        @{ title = 'an unfinished one with an empty lock'; name = '.cluster-0000000000B3'; old = $true; make = ': > "$1/lock"' }
        @{ title = 'an unfinished one with a written lock'; name = '.cluster-0000000000B4'; old = $true; make = 'printf "$2" > "$1/lock"' }
    )
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

Describe 'What only looks like the folder of a dead master' -Skip:([bool] $IsWindows) -ForEach @{ decoys = $decoys; leftovers = $leftovers } {
    BeforeAll {
        $marker = "Cluster for PowerShell: sockets of a master's process.`n"
        $temp = Join-Path ([System.IO.Path]::GetTempPath()) "sweep-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = [System.IO.Directory]::CreateDirectory($temp)

        # Everything in a folder, without opening what could block.
        function Get-Inventory([string] $Path) {
            & /bin/sh -c 'find "$1" -exec ls -ldn {} \; ; find "$1" -type f -exec cat {} \;' sh $Path
        }

        foreach ($one in $decoys + $leftovers) {
            $path = Join-Path $temp $one.name
            & /bin/sh -c "mkdir -m $($one.mode ?? '700') `"`$1`"; $($one.make)" sh $path $marker
            if ($one.old) {
                & /bin/sh -c 'touch -t 202001010000 "$1"' sh $path
            }
        }
        $before = @{}
        foreach ($one in $decoys) {
            $before[$one.name] = Get-Inventory (Join-Path $temp $one.name)
        }
        # A master that opened the FIFO would be silent for ever.
        $master = Start-HostScript "$PSScriptRoot/Files/master-with-worker.ps1" -Environment @{ TMPDIR = $temp }
        try {
            $null = Read-HostScript $master
            $master.Process.StandardInput.WriteLine()
            $stopped = Read-HostScript $master
        }
        finally {
            Stop-HostScript $master
        }
    }

    AfterAll {
        [System.IO.Directory]::Delete($temp, $true)
    }

    It 'stays untouched: <title>' -ForEach $decoys {
        $stopped | Should -Be 'stopped'
        Get-Inventory (Join-Path $temp $name) | Should -Be $before[$name]
    }

    It 'is swept if it is one: <title>' -ForEach $leftovers {
        Join-Path $temp $name | Should -Not -Exist
    }
}

Describe 'A folder that cannot be removed' -Skip:([bool] $IsWindows) {
    It 'is an error of one stop, and keeps nobody from stopping or starting' {
        $cluster = Start-PuppetCluster
        $folder = Split-Path $cluster.Puppets[0].Pipe
        $foreign = Join-Path $folder 'notes.txt'
        [System.IO.File]::WriteAllText($foreign, 'mine')
        try {
            $cluster.Master | Stop-ClusterMaster -Force -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem | Should -HaveCount 1
            $problem[0].FullyQualifiedErrorId | Should -Be 'CleanupFailed,Cluster.Commands.StopClusterMasterCommand'
            $problem[0].Exception.Message | Should -Match ([regex]::Escape($folder))
            $problem[0].Exception.Message | Should -Match 'notes\.txt'
            [System.IO.File]::ReadAllText($foreign) | Should -Be 'mine'
            $cluster.Master.State | Should -Be 'Stopped'
            $cluster.Master | Stop-ClusterMaster -ErrorAction Stop
            Stop-PuppetCluster $cluster

            $next = Start-PuppetCluster
            Split-Path $next.Puppets[0].Pipe | Should -Not -Be $folder
            Stop-PuppetCluster $next
        }
        finally {
            [System.IO.Directory]::Delete($folder, $true)
        }
    }

    It 'does not keep a process from ending: <_>' -ForEach 'TERM', 'end of the script' {
        $temp = Join-Path ([System.IO.Path]::GetTempPath()) "stuck-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
        $null = [System.IO.Directory]::CreateDirectory($temp)
        $master = Start-HostScript "$PSScriptRoot/Files/master-with-worker.ps1" -Environment @{ TMPDIR = $temp }
        try {
            $null = Read-HostScript $master
            $folder = [System.IO.Directory]::GetDirectories($temp)
            $folder | Should -HaveCount 1
            [System.IO.File]::WriteAllText((Join-Path $folder[0] 'notes.txt'), 'mine')
            if ($_ -eq 'TERM') {
                Send-ProcessSignal $master.Process.Id TERM
            }
            else {
                $master.Process.StandardInput.WriteLine()
                $master.Process.StandardInput.Close()
            }
            $master.Process.WaitForExit(60000) | Should -BeTrue
            $master.Errors.Result | Should -Match 'could not be removed'
        }
        finally {
            Stop-HostScript $master
            [System.IO.Directory]::Delete($temp, $true)
        }
    }

    It 'is made anew when it was deleted under a living master' {
        $cluster = Start-ClusterMaster -WorkerCount 1
        $folders = [System.IO.Directory]::GetDirectories([System.IO.Path]::GetTempPath(), 'cluster-*')
        $folders | Should -HaveCount 1
        [System.IO.Directory]::Delete($folders[0], $true)
        (Start-ClusterWorker -ErrorAction Stop).State | Should -Be 'Ready'
        $cluster | Stop-ClusterMaster -ErrorAction Stop
    }
}

Describe 'A temp folder' -Skip:([bool] $IsWindows) {
    BeforeAll {
        $base = Join-Path ([System.IO.Path]::GetTempPath()) "t-$([guid]::NewGuid().ToString('N').Substring(0, 6))"
        $null = [System.IO.Directory]::CreateDirectory($base)
        $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath

        # The lines that a start in a process of its own writes: ok, or the id and the message of its error.
        function Start-In([string] $Temp, [string] $Before = ':') {
            $script = "`$env:TMPDIR = '$Temp'; Import-Module '$module'; try { `$null = Start-ClusterMaster { 'ok' } -WorkerCount 1; Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody; Stop-ClusterMaster } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
            $refused = (& /usr/bin/id -u) -eq '0' ? 'setpriv --bounding-set -dac_override,-dac_read_search' : ''
            & /bin/sh -c "$Before; exec $refused `"`$1`" -NoProfile -NonInteractive -Command `"`$2`"" sh (Get-HostProgram) $script
        }
    }

    AfterAll {
        & /bin/chmod -R 700 $base
        [System.IO.Directory]::Delete($base, $true)
    }

    It 'may be written and not listed' -Skip:(-not $canBeRefused) {
        $folder = [System.IO.Directory]::CreateDirectory("$base/hidden").FullName
        & /bin/chmod 1333 $folder
        Start-In $folder | Should -Be 'ok'
        & /bin/chmod 700 $folder
        [System.IO.Directory]::GetFileSystemEntries($folder) | Should -BeNullOrEmpty
    }

    It 'that is read-only is an error that names it' -Skip:(-not $canBeRefused) {
        $folder = [System.IO.Directory]::CreateDirectory("$base/fixed").FullName
        & /bin/chmod 555 $folder
        $told = Start-In $folder
        $told[0] | Should -Be 'TempDirectoryInvalid,Cluster.Commands.StartClusterMasterCommand'
        $told[1] | Should -Match ([regex]::Escape($folder))
        [System.IO.Directory]::GetFileSystemEntries($folder) | Should -BeNullOrEmpty
    }

    It 'that cannot be used is an error that names it, and nothing is left: <title>' -ForEach @(
        @{ title = 'missing'; name = 'missing'; make = ':' ; says = 'does not exist' }
        @{ title = 'a file'; name = 'file'; make = ': > "$1"'; says = 'does not exist' }
        @{ title = 'full'; name = 'full'; make = 'mkdir "$1"'; before = 'DOTNET_EnableWriteXorExecute=0; export DOTNET_EnableWriteXorExecute; trap "" XFSZ; ulimit -f 0'; says = '' }
        @{ title = 'too long in characters'; name = 'x' * 90; make = 'mkdir "$1"'; says = '103 bytes' }
        @{ title = 'too long in bytes of UTF-8'; name = 'ü' * 35; make = 'mkdir "$1"'; says = '103 bytes' }
    ) {
        $folder = Join-Path $base $name
        & /bin/sh -c $make sh $folder
        $told = Start-In $folder ($before ?? ':')
        $told[0] | Should -Be 'TempDirectoryInvalid,Cluster.Commands.StartClusterMasterCommand'
        $told[1] | Should -Match ([regex]::Escape($folder))
        $told[1] | Should -Match 'TMPDIR'
        $told[1] | Should -Match $says
        if (Test-Path $folder -PathType Container) {
            [System.IO.Directory]::GetFileSystemEntries($folder) | Should -BeNullOrEmpty
        }
    }
}
