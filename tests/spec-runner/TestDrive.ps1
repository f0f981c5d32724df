# $TestDrive and TestDrive:, a folder for each spec file; what a block made in it goes with the block.

function New-TestDrive {
    $path = Join-Path ([System.IO.Path]::GetTempPath()) "specdrive-$([guid]::NewGuid().ToString('N'))"
    $null = [System.IO.Directory]::CreateDirectory($path)
    # A run inside a run, as the runner's own spec has it, leaves the outer drive alone.
    if (-not (Get-TestPSDrive)) {
        $provider = $ExecutionContext.SessionState.Provider.GetOne('FileSystem')
        $drive = [System.Management.Automation.PSDriveInfo]::new('TestDrive', $provider, $path, '', $null)
        $null = $ExecutionContext.SessionState.Drive.New($drive, 'Global')
    }
    $path
}

function Get-TestDriveEntry([string] $Path) {
    [System.IO.Directory]::GetFileSystemEntries($Path, '*', [System.IO.SearchOption]::AllDirectories)
}

function Clear-TestDrive([string] $Path, [string[]] $Keep) {
    foreach ($entry in Get-TestDriveEntry $Path) {
        if ($entry -in $Keep) {
            continue
        }
        if ([System.IO.Directory]::Exists($entry)) {
            [System.IO.Directory]::Delete($entry, $true)
        }
        elseif ([System.IO.File]::Exists($entry)) {
            [System.IO.File]::Delete($entry)
        }
    }
}

function Remove-TestDrive([string] $Path) {
    $drive = Get-TestPSDrive
    if ($drive -and $drive.Root -eq $Path) {
        $ExecutionContext.SessionState.Drive.Remove('TestDrive', $true, 'Global')
    }
    [System.IO.Directory]::Delete($Path, $true)
}

function Get-TestPSDrive {
    $ExecutionContext.SessionState.Drive.GetAll() | Where-Object Name -EQ 'TestDrive' | Select-Object -First 1
}
