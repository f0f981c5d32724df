# Watch-ClusterMaster in a terminal: what is on the screen, what its keys do, and that the screen is as it was afterwards.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/Files/Terminal.psm1"
    $obstacle = Get-TerminalObstacle
    $title = $obstacle ? "Watch-ClusterMaster in a terminal (skipped: $obstacle)" : 'Watch-ClusterMaster in a terminal'
}

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Terminal.psm1"

    $prompt = '(?m)^PS> *\n*\z'
    $twoReady = 'Seen: Running, 2 of 2 workers ready'

    # The process ids on the screen by worker.
    function Get-ShownWorker {
        param([string[]] $Screen)

        $shown = @{}
        foreach ($line in $Screen) {
            if ($line -match '^. +(?<id>\d+) +(?<process>\d+)  Ready ') {
                $shown[[int] $Matches.id] = [int] $Matches.process
            }
        }
        $shown
    }

    function Stop-View {
        Send-TerminalKey q
        $null = Wait-Terminal $prompt
    }
}

Describe $title -Skip:([bool] $obstacle) {
    BeforeAll {
        $module = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
        Set-Content "$TestDrive/app.ps1" @"
Set-PSReadLineOption -HistorySaveStyle SaveNothing
`$PID > '$TestDrive/pid'
Import-Module '$module'
function prompt { 'PS> ' }
function Show-Context { "contexts: `$(@([System.Runtime.Loader.AssemblyLoadContext]::All.Name) -like 'Cluster*')." }
`$cluster = Start-ClusterMaster -Name Seen -WorkerCount 2 {
    Receive-WorkerMessage -Wait | ForEach-Object { Send-WorkerMessage `$_.Body -ReplyTo `$_ }
}
# Work for them, and the end, from a session of its own: the view keeps this one.
`$null = Start-ThreadJob -ArgumentList `$cluster {
    param(`$master)
    Import-Module '$module'
    while (-not (Test-Path '$TestDrive/end')) {
        `$null = 1..10 | Invoke-WorkerRequest -Master `$master
        Start-Sleep -Milliseconds 20
    }
    Stop-ClusterMaster `$master -Force
}
Clear-Host
"@
        Start-Terminal sh
        Send-TerminalLine "POWERSHELL_DIAGNOSTICS_OPTOUT=1 '$(Get-HostProgram)' -NoProfile -NoExit -File '$TestDrive/app.ps1'; echo ended"
        $null = Wait-Terminal $prompt
        $processId = [int] (Get-Content "$TestDrive/pid")
    }

    AfterAll {
        # The program ends with its terminal, and the workers with their master.
        Stop-Terminal
        (Wait-ProcessEnd $processId)[$processId] | Should -Not -BeNullOrEmpty
    }

    It 'loads nothing before it is shown' {
        Send-TerminalLine 'Show-Context'
        $null = Wait-Terminal 'contexts: \.'
        Send-TerminalLine '$null = Watch-ClusterMaster -Count 1; Show-Context'
        $null = Wait-Terminal '(?s)contexts: \..*contexts: \.'
    }

    It 'shows the workers, their rates as bars, and the last events' {
        Send-TerminalLine Watch-ClusterMaster
        $screen = Wait-Terminal "(?s)$twoReady.*[\d,]+ requests.* MB +[▁-█]{2}"
        $screen | Should -HaveCount 24
        $screen[3] | Should -Match '^ +Id +PID  State +Since  Queue  Sent/s  Recv/s +CPU +Memory  Rate$'
        (Get-ShownWorker $screen).Keys | Sort-Object | Should -Be 1, 2
        $screen -match '^\d\d:\d\d:\d\d  Ready +worker 1: ' | Should -HaveCount 1
        $screen[-1] | Should -BeLike 'Up/Down select*q quit*'
        Get-TerminalFlag cursor_flag | Should -Be 0
    }

    It 'moves the selection' {
        $null = Wait-Terminal '(?m)^> +1 '
        Send-TerminalKey Down
        $null = Wait-Terminal '(?m)^> +2 '
        Send-TerminalKey k
        $null = Wait-Terminal '(?m)^> +1 '
    }

    It 'restarts the selected worker, when the answer is yes' {
        $before = Get-ShownWorker (Get-TerminalScreen)
        Send-TerminalKey r
        $null = Wait-Terminal 'Restart worker 1\? y/n'
        Send-TerminalKey y
        $null = Wait-Terminal 'Worker 1 was replaced by worker 3\.'
        $after = Get-ShownWorker (Wait-Terminal "(?ms)$twoReady.*^> +3 +\d+  Ready")
        $after.Keys | Sort-Object | Should -Be 2, 3
        $after[2] | Should -Be $before[2]
        $after[3] | Should -Not -BeIn $before.Values
    }

    It 'changes the number of workers' {
        Send-TerminalKey '+'
        $null = Wait-Terminal '(?s)Running, 3 of 3 workers ready.*\n3 workers\.'
        Send-TerminalKey -l '-'
        $null = Wait-Terminal 'From 3 to 2 workers\? y/n'
        Send-TerminalKey n
        $null = Wait-Terminal '(?s)Running, 3 of 3 workers ready.*q quit'
    }

    It 'fits a terminal that gets another size' {
        Set-TerminalSize 60 15
        $screen = Wait-Terminal '(?m)\A.*\n.*\n +Id  State +Queue  Sent/s  Recv/s +CPU  Rate$'
        $screen | Should -HaveCount 15
        $screen[-1] | Should -BeLike 'Up/Down select*q quit*'
        Set-TerminalSize 80 24
        $null = Wait-Terminal '(?m)^ +Id +PID '
    }

    It 'leaves the screen as it was, by q' {
        Stop-View
        Get-TerminalFlag cursor_flag | Should -Be 1
        Get-TerminalFlag alternate_on | Should -Be 0
        @(Get-TerminalScreen) -match 'contexts: \.' | Should -HaveCount 2
        Send-TerminalLine 'Clear-Host; Show-Context'
        $null = Wait-Terminal 'contexts: Cluster watch\.'
    }

    It 'leaves the screen as it was, by Ctrl+C' {
        Send-TerminalLine 'Clear-Host; Watch-ClusterMaster'
        $null = Wait-Terminal 'Seen: Running'
        Send-TerminalKey C-c
        $null = Wait-Terminal $prompt
        Get-TerminalFlag cursor_flag | Should -Be 1
        Get-TerminalFlag alternate_on | Should -Be 0
        Get-TerminalScreen | Should -Not -Contain 'Seen: Running'
    }

    It 'has colours' {
        Send-TerminalLine 'Watch-ClusterMaster'
        $null = Wait-Terminal '\x1b\[[\d;]*32m.?Ready' -Colors
        Stop-View
    }

    It 'has none with <name>' -ForEach @(
        @{ name = 'NO_COLOR'; set = '$env:NO_COLOR = 1'; unset = '$env:NO_COLOR = $null' }
        @{ name = 'plain text'; set = '$PSStyle.OutputRendering = "PlainText"'; unset = '$PSStyle.OutputRendering = "Host"' }
    ) {
        Send-TerminalLine "$set; Watch-ClusterMaster; $unset"
        $screen = Wait-Terminal 'Seen: Running' -Colors
        $screen -match '\x1b' | Should -BeNullOrEmpty
        $screen -match '^> +\d+ .* Ready ' | Should -HaveCount 1
        Stop-View
    }

    It 'writes text before another command' {
        Send-TerminalLine 'Clear-Host; Watch-ClusterMaster | Select-Object -First 1'
        $null = Wait-Terminal "(?s)Seen: Running, 3 of 3 workers ready.*PS>"
    }

    It 'shows the end of a master, and ends' {
        Send-TerminalLine 'Clear-Host; Watch-ClusterMaster'
        $null = Wait-Terminal '(?s)Seen: Running.*q quit'
        Set-Content "$TestDrive/end" now
        $null = Wait-Terminal '(?s)Seen: Stopped, 0 of 3 workers ready.*PS>'
        Get-TerminalFlag alternate_on | Should -Be 0
    }

    It 'leaves the screen as it was when its process is told to end' {
        Send-TerminalLine 'Clear-Host; $null = Start-ClusterMaster -Name Again -WorkerCount 1; Watch-ClusterMaster'
        $null = Wait-Terminal 'Again: Running'
        Send-ProcessSignal $processId TERM
        $null = Wait-Terminal '(?m)^ended$'
        Get-TerminalFlag cursor_flag | Should -Be 1
        Get-TerminalFlag alternate_on | Should -Be 0
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
