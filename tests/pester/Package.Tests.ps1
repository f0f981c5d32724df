# The package as users get it: what is in it, that it can be made again, and that the examples run against it when it was installed
# from a repository. $env:CLUSTER_PACKAGE names the folder of one that was made elsewhere; otherwise the build's output is packed.

BeforeDiscovery {
    $isGiven = [bool] $env:CLUSTER_PACKAGE
    $canPack = [bool] (Get-Command Compress-PSResource -ErrorAction Ignore)
    $canRun = $isGiven -or $canPack
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $work = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [System.IO.Path]::GetRandomFileName())
    # .NET takes a folder of the user that is not there for none, and programs then write into the current one.
    foreach ($name in '.local/share', '.config', '.cache') { $null = [System.IO.Directory]::CreateDirectory("$work/home/$name") }
    $version = (Import-PowerShellDataFile "$root/module/Cluster.psd1").ModuleVersion
    if ($env:CLUSTER_PACKAGE) { $repository = [System.IO.Path]::GetFullPath($env:CLUSTER_PACKAGE, $root) }
    elseif (Get-Command Compress-PSResource -ErrorAction Ignore) {
        $repository = "$work/first"
        $null = & "$root/tools/New-ModulePackage.ps1" -Destination $repository -WarningAction SilentlyContinue
    }
    $package = "$work/package"
    if ($repository) { [System.IO.Compression.ZipFile]::ExtractToDirectory("$repository/Cluster.$version.zip", $package) }

    # The environment of a user who has nothing yet.
    $environment = @{
        HOME = "$work/home"; LOCALAPPDATA = "$work/home"; POWERSHELL_TELEMETRY_OPTOUT = '1'
        XDG_DATA_HOME = "$work/home/.local/share"; XDG_CONFIG_HOME = "$work/home/.config"; XDG_CACHE_HOME = "$work/home/.cache"
        PSModulePath = $IsWindows ? "$work/modules" : ''
    }
}

AfterAll {
    if (Test-Path -LiteralPath $work) { [System.IO.Directory]::Delete($work, $true) }
}

Describe 'The package' -Skip:(-not $canRun) {
    It 'has the module, its licence and its notes, and nothing else' {
        $files = @(Get-ChildItem $package -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($package, $_.FullName).Replace('\', '/') })
        foreach ($name in 'Cluster.psd1', 'Cluster.Format.ps1xml', 'LICENSE', 'README.md', 'CHANGELOG.md', 'ThirdPartyNotices.txt', 'icon.png', 'sbom.cdx.json',
            'bin/ClusterCmdlets.dll', 'bin/http/ClusterHttp.dll', 'bin/log/ClusterLog.dll', 'bin/net/ClusterNet.dll', 'bin/watch/ClusterWatch.dll', 'en-US/ClusterCmdlets.dll-Help.xml') {
            $files | Should -Contain $name
        }
        $files | Where-Object { $_ -notmatch '^(Cluster(\.Format)?\.ps(d1|1xml)|[^/]+\.(md|txt|png|json)|LICENSE|bin/([a-z]+/)?[A-Za-z.]+\.dll|en-US/[^/]+)$' } | Should -BeNullOrEmpty
    }

    It 'has no DLL that PowerShell brings' {
        $brought = @(Get-ChildItem $PSHOME -Filter *.dll -File | ForEach-Object Name)
        $brought | Should -Contain 'System.Management.Automation.dll'
        # Parts of .NET 9 and later that the library in bin/net needs under .NET 8: an installation that has .NET within has them there.
        $ofLaterFramework = 'System.Diagnostics.DiagnosticSource.dll', 'System.IO.Pipelines.dll'
        @(Get-ChildItem "$package/bin" -Filter *.dll -Recurse | ForEach-Object Name | Where-Object { $_ -in $brought -and $_ -notin $ofLaterFramework }) |
            Should -BeNullOrEmpty
    }

    It 'has DLLs for every system and processor' {
        foreach ($dll in Get-ChildItem "$package/bin" -Filter *.dll -Recurse) {
            $stream = [System.IO.File]::OpenRead($dll.FullName)
            $reader = [System.Reflection.PortableExecutable.PEReader]::new($stream)
            try {
                $flags = $reader.PEHeaders.CorHeader.Flags
                $flags -band [System.Reflection.PortableExecutable.CorFlags]::ILOnly | Should -Not -Be 0 -Because $dll.Name
                # Code that was compiled ahead of time has a header of its own.
                $reader.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size | Should -Be 0 -Because $dll.Name
            }
            finally {
                $reader.Dispose()
            }
        }
    }

    It 'has a complete manifest' {
        $manifest = Test-ModuleManifest "$package/Cluster.psd1" -ErrorAction Stop
        "$($manifest.Version)" | Should -Be $version
        $checkout = Import-PowerShellDataFile "$root/module/Cluster.psd1"
        @($manifest.ExportedCmdlets.Keys | Sort-Object) | Should -Be @($checkout.CmdletsToExport | Sort-Object)
        $data = $manifest.PrivateData.PSData
        $data.Tags | Should -Be $checkout.PrivateData.PSData.Tags
        $data.LicenseUri | Should -Not -BeNullOrEmpty
        $data.ReleaseNotes.Length | Should -BeGreaterThan 100
        $data.ReleaseNotes.Length | Should -BeLessOrEqual 10000
        $first = @(Get-Content "$root/CHANGELOG.md" | Where-Object { $_ -like '- *' })[0]
        $data.ReleaseNotes | Should -BeLike "*$([WildcardPattern]::Escape($first))*"
    }

    It 'names the libraries of others, in the notices and in the bill of materials' {
        $own = @(Get-ChildItem "$root/src" -Directory | ForEach-Object Name)
        $libraries = @(Get-ChildItem "$package/bin" -Filter *.dll -Recurse | ForEach-Object BaseName | Where-Object { $_ -notin $own } | Sort-Object)
        $libraries | Should -Contain 'Serilog'
        $bom = Get-Content "$package/sbom.cdx.json" -Raw | ConvertFrom-Json
        @($bom.components.name | Sort-Object) | Should -Be $libraries
        $bom.metadata.component.version | Should -Be $version
        $notices = Get-Content "$package/ThirdPartyNotices.txt" -Raw
        foreach ($component in $bom.components) {
            $notices | Should -BeLike "*$($component.name) $($component.version)*"
        }
        (Get-FileHash "$repository/Cluster.$version.cdx.json").Hash | Should -Be (Get-FileHash "$package/sbom.cdx.json").Hash
    }

    It 'is the same when it is packed again' -Skip:($isGiven -or -not $canPack) {
        $null = & "$root/tools/New-ModulePackage.ps1" -Destination "$work/second" -WarningAction SilentlyContinue
        foreach ($name in "Cluster.$version.zip", "Cluster.$version.nupkg", "Cluster.$version.cdx.json") {
            (Get-FileHash "$work/second/$name").Hash | Should -Be (Get-FileHash "$repository/$name").Hash -Because $name
        }
    }
}

Describe 'The installed package' -Skip:(-not $canRun) {
    BeforeAll {
        $examples = "$work/examples"
        Copy-Item "$root/examples" $examples -Recurse
        $null = [System.IO.Directory]::CreateDirectory("$work/texts")
        foreach ($number in 1..5) { [System.IO.File]::WriteAllText("$work/texts/$number.md", 'one two three') }
        # The other files of the build's folder are no packages.
        $null = [System.IO.Directory]::CreateDirectory("$work/repository")
        Copy-Item "$repository/Cluster.$version.nupkg" "$work/repository"
        $run = Start-HostScript "$PSScriptRoot/Files/installs-package.ps1" "$work/repository", $examples, "$work/texts", "$work/modules" -Environment $environment
        try {
            $installed = Read-HostScript $run -TimeoutSec 180 | ConvertFrom-Json
            if (-not $run.Process.WaitForExit(60000)) { throw 'The session that has installed the package does not end.' }
        }
        finally {
            Stop-HostScript $run
        }
    }

    It 'comes from the repository, and is what is loaded' {
        $installed.Found | Should -Be "Cluster $version"
        $installed.Version | Should -Be $version
        $installed.Module | Should -BeLike "$work*"
        $installed.Loaded | Should -Be ([System.IO.Path]::Combine($installed.Module, 'bin', 'ClusterCmdlets.dll'))
        (Get-FileHash $installed.Loaded).Hash | Should -Be (Get-FileHash "$package/bin/ClusterCmdlets.dll").Hash
        Write-Host "Import-Module took $([int] $installed.ImportTime) ms"
    }

    It 'has its help' {
        $installed.Synopsis | Should -BeLike '*.'
    }

    It 'runs hello-cluster.ps1' {
        $cores = [Environment]::ProcessorCount
        @($installed.Hello -match "^Master \d+ receives 'Message from worker (\d+)' from worker \d+, process \1$").Count | Should -Be $cores
        @($installed.Hello -match "^Worker \d+, process \d+, receives 'Message from master \d+'$").Count | Should -Be $cores
    }

    It 'runs a map, and word-count.ps1' {
        $installed.Map | Should -Be 1, 4, 9, 16, 25
        $installed.Count[-3] | Should -Be '15 words in 5 files'
        $installed.Count[-1] | Should -Be 'Both counts agree.'
    }

    It 'runs http-server.ps1' {
        $server = Start-HostScript "$PSScriptRoot/Files/serves-example.ps1" $examples -Environment $environment
        try {
            $address = (Read-HostScript $server) -replace '^1 workers serve '
            Read-HostScript $server | Should -Be $installed.Module
            (Invoke-RestMethod "$address/api/notes" -Method Post -ContentType application/json -Body '{"text":"from the package"}').text | Should -Be 'from the package'
            (Invoke-RestMethod "$address/api/notes").notes.text | Should -Be 'from the package'
            if (-not $IsWindows) {
                Send-ProcessSignal $server.Process.Id TERM
                $server.Process.WaitForExit(30000) | Should -BeTrue
            }
        }
        finally {
            Stop-HostScript $server
        }
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
