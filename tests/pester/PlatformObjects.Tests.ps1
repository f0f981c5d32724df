# The output of PowerShell's own commands as message bodies: it arrives, cut where Start-Job cuts it.

BeforeDiscovery {
    $commands = @(
        { 'one', 'k=v' | Select-String '(\w)=(\w)' -Context 1 }
        { [regex]::Match('k=v', '(\w)=(\w)') }
        { Get-Item $PSHOME }
        { Get-ChildItem $PSHOME -File | Select-Object -First 1 }
        { Get-Process -Id $PID }
        { Get-PSDrive Env }
        { Get-PSDrive (Get-Location).Drive.Name }
        { Get-PSProvider FileSystem }
        { Get-Location }
        { Get-Module Pester }
        { Get-Command Get-Item }
        { Get-Command Invoke-Pester }
        { Get-Alias gci }
        { Get-Variable PWD }
        { Get-Variable Host }
        { Get-Item Env:PATH }
        { Get-Item Function:prompt }
        { Get-Culture }
        { Get-TimeZone }
        { Get-Date }
        { Get-Host }
        { Get-Runspace | Select-Object -First 1 }
        { Get-Member -InputObject 1 | Select-Object -First 1 }
        { 1, 1 | Group-Object }
        { 1, 2 | Measure-Object -Sum }
        { Get-FileHash (Join-Path $PSHOME pwsh.dll) }
        { New-Event -SourceIdentifier here }
        { (Get-Command Get-Item).Parameters.Path }
        { Write-Warning w 3>&1 }
        { Write-Information i 6>&1 }
        { try { [int]::Parse('x') } catch { $_.Exception } }
        { $table = [System.Data.DataTable]::new('T'); $null = $table.Columns.Add('A'); $table.Rows.Add('x') }
    ) | ForEach-Object { @{ command = $_; text = "$_".Trim() } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Fidelity.psm1"
    $cluster = Start-EchoCluster
}

AfterAll {
    $cluster | Stop-ClusterMaster
}

Describe 'The output of <text>' -ForEach $commands {
    It 'arrives with the texts that Start-Job gives' {
        $value = & $command
        $body = (Get-Echo $value).Body
        $job = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($value, 1))
        "$body" | Should -Be "$job"
        foreach ($property in $job.psobject.Properties) {
            # These change from one look to the next, or are longer there.
            if ($property.Value -is [string] -and $property.Name -notmatch 'Handle|WorkingSet|Used|Free|InvocationInfo|VersionInfo') {
                $ours = $body.psobject.Properties[$property.Name]
                if ($ours.Value -is [string]) {
                    $ours.Value | Should -Be $property.Value -Because $property.Name
                }
            }
        }
        if ($body -is [pscustomobject]) {
            @($body.psobject.Properties) | Should -Not -BeNullOrEmpty
        }
    }
}

Describe 'A data row' {
    It 'names its table instead of carrying it' {
        $table = [System.Data.DataTable]::new('T')
        $null = $table.Columns.Add('A', [int])
        1..500 | ForEach-Object { $null = $table.Rows.Add($_) }
        $body = (Get-Echo $table.Rows[7]).Body
        $body.A | Should -Be 8
        $body.Table | Should -Be 'T'
        $rows = (Get-Echo $table).Body
        $rows | Should -HaveCount 500
        $rows[499].A | Should -Be 500
    }
}

Describe 'Objects with a property that cannot be read' {
    It 'are sent, and so are those beside them' {
        $broken = [pscustomobject]@{ Name = 'broken' } | Add-Member AliasProperty Other Nothing -PassThru
        $broken, [pscustomobject]@{ Name = 'sound' } | Send-WorkerMessage -All -ErrorAction Stop
        $bodies = (Receive-WorkerMessage -Count 2).Body
        $bodies.Name | Should -Be 'broken', 'sound'
        $bodies[0].Other | Should -BeNullOrEmpty
    }

    It 'that cannot be sent at all is one error with its path, and those beside it are sent' {
        $bad = [pscustomobject]@{ Name = 'bad'; Key = [securestring]::new() }
        $bad, [pscustomobject]@{ Name = 'sound' } | Send-WorkerMessage -All -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems | Should -HaveCount 1
        "$problems" | Should -BeLike '*$.Key*'
        (Receive-WorkerMessage -Count 1).Body.Name | Should -Be 'sound'
    }
}

Describe 'A map with an empty key' {
    It 'arrives as a hashtable' {
        $map = '{ "packages": { "": { "name": "root" }, "a/b": { "version": "1" } } }' | ConvertFrom-Json -AsHashtable
        (Get-Echo $map -AsHashtable).Body.packages.''.name | Should -Be 'root'
        (Get-Echo $map).Body.packages.''.name | Should -Be 'root'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        $cluster | Stop-ClusterMaster
        Assert-NothingLeft
    }
}
