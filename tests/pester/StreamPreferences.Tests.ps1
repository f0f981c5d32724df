# What a worker wrote is shown once, whatever the preference for its stream makes of that: it is read even when showing it throws.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"

    $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object {
            'one'
            switch ($_) {
                Error { Write-Error bad }
                Warning { Write-Warning bad }
                Information { Write-Information bad }
                Verbose { Write-Verbose bad -Verbose }
                Debug { Write-Debug bad -Debug }
                Progress { Write-Progress bad bad }
            }
            'two'
            Send-WorkerMessage last
        }
    }

    # Reads all of a run, one call after the other, in a session whose preferences it sets and whose host cannot ask anybody.
    function Read-Run([string] $Stream, [string] $Options, [string] $Preference) {
        Send-WorkerMessage $Stream -Any
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("
                param(`$Cluster)
                Import-Module '$PSScriptRoot/../../module/Cluster.psd1'
                $Preference
                `$caught = 0
                `$seen = for (`$call = 0; `$call -lt 20 -and `$last -ne 'last'; `$call++) {
                    try {
                        Receive-WorkerMessage -Master `$Cluster -Count 1 -TimeoutSec 30 -ExpandBody $Options | ForEach-Object { (`$last = `$_) }
                    }
                    catch {
                        `$caught++
                    }
                }
                [pscustomobject]@{ Seen = `$seen; Caught = `$caught }
            ").AddArgument($cluster)
            $result = $shell.Invoke()
            $shell.Streams.Error | Where-Object { "$_" -ne 'bad' } | Should -BeNullOrEmpty
            $result[0]
        }
        finally {
            $shell.Dispose()
        }
    }
}

AfterAll {
    $cluster | Stop-ClusterMaster
    Assert-NothingLeft
}

Describe 'A record of the stream <stream>' -ForEach @(
    'Error', 'Warning', 'Information', 'Verbose', 'Debug', 'Progress' | ForEach-Object { @{ stream = $_ } }
) {
    It 'that a preference variable turns into an error is thrown once, and the next call goes on' {
        $name = $stream -eq 'Error' ? 'ErrorAction' : $stream
        $run = Read-Run $stream '' "`$${name}Preference = 'Stop'"
        $run.Seen | Should -Be 'one', 'two', 'last'
        $run.Caught | Should -Be 1
    }

    It 'that nobody can be asked about does not come again' {
        $name = $stream -eq 'Error' ? 'ErrorAction' : $stream
        $run = Read-Run $stream '' "`$${name}Preference = 'Inquire'"
        $run.Seen | Should -Be 'one', 'two', 'last'
        # The engine asks about debug records only for -Debug.
        $run.Caught | Should -Be ($stream -eq 'Debug' ? 0 : 1)
    }

    It 'that is only shown, or not, does not come again: <action>' -ForEach @(
        @{ action = 'Continue' }, @{ action = 'SilentlyContinue' }, @{ action = 'Ignore' }
    ) {
        $name = $stream -eq 'Error' ? 'ErrorAction' : $stream
        $run = Read-Run $stream '' "`$${name}Preference = '$action'"
        $run.Seen | Should -Be 'one', 'two', 'last'
        $run.Caught | Should -Be 0
    }
}

Describe 'A record that a parameter turns into an error' {
    It 'is thrown once, and the next call goes on: -<_>Action Stop' -ForEach 'Error', 'Warning', 'Information', 'Progress' {
        $run = Read-Run $_ "-${_}Action Stop" ''
        $run.Seen | Should -Be 'one', 'two', 'last'
        $run.Caught | Should -Be 1
    }
}

Describe 'What is read' {
    It 'comes once: <name>' -ForEach @(
        @{ name = 'with -OutVariable and -ErrorVariable'; options = '-OutVariable out -ErrorVariable failed -ErrorAction Stop'; caught = 1 }
        @{ name = 'into Select-Object -First'; options = '| Select-Object -First 1'; caught = 0 }
        @{ name = 'into a command that throws'; options = '| ForEach-Object { if ($_ -eq "one" -and -not $thrown) { $thrown = 1; $_; throw "no" }; $_ }'; caught = 1 }
    ) {
        $run = Read-Run Error $options ''
        $run.Seen | Should -Be 'one', 'two', 'last'
        $run.Caught | Should -Be $caught
    }

    It 'goes on after an error with -Wait, to the end' {
        $own = Start-ClusterMaster -Name own -WorkerCount 1 -ScriptBlock { 'one'; Write-Error bad; 'two' }
        $caught = 0
        $seen = for ($call = 0; $call -lt 10; $call++) {
            try {
                Receive-WorkerMessage -Wait -ErrorAction Stop -ExpandBody -Master $own
                break
            }
            catch {
                $caught++
            }
        }
        $own | Stop-ClusterMaster
        $seen | Should -Be 'one', 'two'
        $caught | Should -Be 1
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        $cluster | Stop-ClusterMaster
        Assert-NothingLeft
    }
}
