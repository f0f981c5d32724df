# What does not come through PowerShell's streams, and what happens when nobody reads them.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"

    # Runs the texts that it is sent.
    $cluster = Start-ClusterMaster -Name Raw -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object { . ([scriptblock]::Create($_)) }
    }
}

AfterAll {
    $cluster | Stop-ClusterMaster
    Assert-NothingLeft
}

Describe 'Raw lines of a worker''s process' {
    It 'written to <name> arrive as information records with its name as a tag' -ForEach @(
        @{ name = 'stdout'; stream = 'Out' }
        @{ name = 'stderr'; stream = 'Error' }
    ) {
        # They come by another way than messages, so that only their own order is sure.
        Send-WorkerMessage "[Console]::$stream.WriteLine('raw 1'); [Console]::$stream.WriteLine('raw 2')" -Any
        $lines = [System.Collections.Generic.List[object]]::new()
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ($lines.Count -lt 2 -and $clock.Elapsed.TotalSeconds -lt 30) {
            Receive-WorkerMessage -TimeoutSec 0.2 6>&1 | Where-Object { $_ -is [System.Management.Automation.InformationRecord] } | ForEach-Object { $lines.Add($_) }
        }
        $lines.MessageData | Should -Be 'raw 1', 'raw 2'
        $lines.Tags | Should -Be $name, $name
    }

    It 'written to <name> are read whole under a locale that is not UTF-8' -Skip:([bool] $IsWindows) -ForEach @(
        @{ name = 'stdout'; stream = 'Out' }
        @{ name = 'stderr'; stream = 'Error' }
    ) {
        $latin = Start-ClusterMaster -Name Latin -WorkerCount 1 -Environment @{ LC_ALL = 'de_DE.ISO-8859-1' } -ScriptBlock {
            [Console]::($using:stream).WriteLine('grün, 5 €, 日本')
            # The encoding by which PowerShell reads native programs is the locale's, as without a cluster.
            [Console]::OutputEncoding.WebName
        }
        try {
            $read = @(Receive-WorkerMessage -Master $latin -Wait -ExpandBody 6>&1 | ForEach-Object { "$_" })
            $read | Should -Contain 'grün, 5 €, 日本'
            $read | Should -Contain 'iso-8859-1'
        }
        finally {
            $latin | Stop-ClusterMaster
        }
    }

    It 'can be anything and never touch the channel' {
        $script = @'
            $bytes = [byte[]]::new(300000)
            [System.Random]::new(1).NextBytes($bytes)
            foreach ($stream in [Console]::OpenStandardOutput(), [Console]::OpenStandardError()) {
                $stream.Write($bytes, 0, $bytes.Length)
                $stream.Flush()
            }
            Send-WorkerMessage intact
'@
        Send-WorkerMessage $script -Any
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'intact'
    }
}

Describe 'Records that nobody reads' {
    It 'are kept up to 10,000; the oldest go and are counted, messages stay' {
        $noisy = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
            Send-WorkerMessage first
            1..10500 | ForEach-Object { Write-Warning "$_" }
            Send-WorkerMessage last
        }
        try {
            $null = Wait-ClusterWorker -Master $noisy -TimeoutSec 120
            $noisy.DroppedRecords | Should -Be 500
            (Receive-WorkerMessage -Master $noisy -WarningAction SilentlyContinue -WarningVariable warnings).Body | Should -Be 'first', 'last'
            $warnings | Should -HaveCount 10000
            "$($warnings[0])" | Should -Be '501'
            "$($warnings[-1])" | Should -Be '10500'
        }
        finally {
            $noisy | Stop-ClusterMaster
        }
    }
}
