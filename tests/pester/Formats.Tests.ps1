# How the module's objects look: a table of at most 80 columns, a list and a wide view for every type that commands write, colours only
# where they are wanted, and a short text of each.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $types = Get-Command -Module Cluster | ForEach-Object { $_.OutputType.Type } |
        Where-Object { $_ -and $_.FullName -like 'Cluster.*' -and -not $_.IsSubclassOf([System.Management.Automation.Job]) } |
        Sort-Object FullName -Unique | ForEach-Object { @{ name = $_.FullName; type = $_ } }
    $types += @{ name = 'Cluster.Api.ClusterDatagram'; type = [Cluster.Api.ClusterDatagram] }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $cluster = Start-ClusterMaster -Name looks -WorkerCount 2 {
        Send-WorkerMessage @{ a = 1 } -Topic news
        Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage $_.Body -ReplyTo $_ }
    }
    $null = 1..3 | Invoke-WorkerRequest -TimeoutSec 60
    $pool = Start-ClusterMaster -Name pool -WorkerCount 1
    $samples = @{
        ClusterMaster     = $cluster, $pool
        ClusterWorker     = Get-ClusterWorker -Master looks
        WorkerMessage     = Receive-WorkerMessage -Master looks -Count 2 -TimeoutSec 60
        ClusterEvent      = Receive-ClusterEvent -Master looks
        ClusterMetric     = $cluster | Get-ClusterMetric
        ClusterItemResult = 1..2 | Invoke-ClusterWorker { if ($_ -eq 2) { Write-Error 'a longer text than fits into what is left of the line of a table' }; $_ } -Master $pool -IncludeInput -ErrorAction SilentlyContinue
        HttpResponse      = New-HttpResponse -StatusCode 404 -Body 'not here' -ContentType text/plain
    }
    $escape = [char] 27

    function Show([object[]] $Object, [string] $View, [int] $Width = 80) {
        $Object | & "Format-$View" | Out-String -Width $Width
    }
}

AfterAll {
    $cluster, $pool | Stop-ClusterMaster -Force
}

Describe 'The type <name>' -ForEach $types {
    It 'has a table, a list and a wide view' {
        $views = (Get-FormatData -TypeName $name).FormatViewDefinition.Control.ForEach{ $_.GetType().Name }
        'TableControl', 'ListControl', 'WideControl' | Should -BeIn $views
    }

    It 'has a text of its own' {
        $type.GetMethod('ToString', [type[]] @()).DeclaringType.Namespace | Should -BeLike 'Cluster.*'
    }
}

Describe 'The views' {
    It 'of <_> fit 80 columns, and hide no error' -ForEach 'ClusterMaster', 'ClusterWorker', 'WorkerMessage', 'ClusterEvent', 'ClusterMetric', 'ClusterItemResult', 'HttpResponse' {
        foreach ($view in 'Table', 'List', 'Wide') {
            $text = Show $samples[$_] $view
            $text | Should -Match '\S'
            $text | Should -Not -Match $escape
            # An error in a view's script shows as this.
            $text | Should -Not -Match '#ERR'
        }
        # No column is left out for want of room.
        $headline = (Show $samples[$_] Table 80) -split '\r?\n' | Where-Object { $_ } | Select-Object -First 1
        $whole = (Show $samples[$_] Table 200) -split '\r?\n' | Where-Object { $_ } | Select-Object -First 1
        $headline.Trim() -split '\s+' | Should -Be ($whole.Trim() -split '\s+')
    }

    It 'show sizes and times as people write them' {
        Show $samples.ClusterWorker Table | Should -Match "\b$((Get-ClusterWorker -Master looks)[0].ProcessId)\s+Ready\s+[\d.,]+ (ms|s)\s+0\s+[\d.,]+ MB\s+[\d.,]+ (ms|s)"
        Show $samples.ClusterMetric Table | Should -Match 'cluster\.request\.duration .*[\d.,]+ m?s n=3 p50='
    }

    It 'have colours where they are wanted' {
        $before = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'Ansi'
            Show $samples.ClusterWorker Table | Should -Match ([regex]::Escape("$($PSStyle.Foreground.Green)Ready$($PSStyle.Reset)"))
            $PSStyle.OutputRendering = 'PlainText'
            Show $samples.ClusterWorker Table | Should -Not -Match $escape
        }
        finally {
            $PSStyle.OutputRendering = $before
        }
    }
}

Describe 'The text' {
    It 'of a worker and a master is its name' {
        "$cluster" | Should -Be looks
        "$($samples.ClusterWorker[0])" | Should -Be 'looks:1'
    }

    It 'of a message is its body' {
        "$($samples.WorkerMessage[0])" | Should -Be '@{a=1}'
    }

    It 'of an event is what happened' {
        "$($samples.ClusterEvent[0])" | Should -Match '^Fork of looks:\d: .'
    }

    It 'of a result is its input and what became of it' {
        $samples.ClusterItemResult | ForEach-Object { "$_" } | Sort-Object | Should -Be '1: Succeeded', '2: Failed'
    }

    It 'of $ClusterWorker is the name of the worker' {
        $pool | Stop-ClusterMaster
        $fork = Start-ClusterMaster -Name fork -WorkerCount 1 { "$ClusterWorker" }
        Receive-WorkerMessage -Master $fork -Count 1 -ExpandBody | Should -Be 'fork:1'
        $fork | Stop-ClusterMaster
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        $cluster, $pool | Stop-ClusterMaster -Force
        Assert-NothingLeft
    }
}
