# What every parameter refuses: times, counts, sizes and names that are too long, too small, empty or a pattern. Generated from
# the commands, so that a new parameter is in it by itself.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $byType = @{
        'Double'         = -1, -0.4, [double]::NaN, [double]::PositiveInfinity, 1e12
        'Int32'          = -1, 2147483648
        'Int32[]'        = @(2147483648)
        'Int64'          = -1, 1e30
        'TimeSpan'       = [timespan]::FromSeconds(-1), -1, 0.5
        'String'         = @('')
        'String[]'       = @('')
        'MasterTarget'   = '', 'nobody['
        'MasterTarget[]' = '', 'nobody['
        'WorkerTarget'   = '', 'nobody', '[', -1
        'WorkerTarget[]' = '', 'nobody', '[', -1
    }
    $nul = @("a`0b")
    $byName = @{
        HeartbeatTimeoutSec = 0.001, 86401
        StartupTimeoutSec   = @(0)
        RestartWindowSec    = @(0)
        WorkerCount         = @(1025)
        QueueLimit          = 0, 1000001
        QueueBytes          = @(0)
        LogFileBytes        = @(1023)
        Count               = @(0)
        ScriptPath          = $nul
        WorkingDirectory    = $nul
        HostPath            = $nul
        HostArgument        = $nul
        ImportModule        = $nul
        LogPath             = $nul
    }
    $byCommand = @{
        'Start-ClusterMaster -Name' = ' ', ('x' * 201), ('ü' * 101), 'jobs*', 'job?', "a`nb", $nul[0]
        'Send-WorkerMessage -Topic' = @('x' * 1025)
        'Invoke-WorkerRequest -Topic' = @('x' * 1025)
    }
    # An empty argument is one.
    $allowed = @('HostArgument')
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
    $cases = foreach ($command in Get-Command -Module Cluster -CommandType Cmdlet) {
        foreach ($parameter in $command.Parameters.Values | Where-Object Name -NotIn $common) {
            $key = "$($command.Name) -$($parameter.Name)"
            $values = @(if ($parameter.Name -notin $allowed) { $byType[$parameter.ParameterType.Name] }) + $byName[$parameter.Name] + $byCommand[$key]
            foreach ($value in $values | Where-Object { $null -ne $_ }) {
                $text = "$value" -replace "`0", '`0' -replace "`n", '`n'
                @{ title = "$key '$($text.Length -gt 20 ? "$($text.Substring(0, 20))..." : $text)'"; command = $command.Name; with = @{ $parameter.Name = $value } }
            }
        }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $known = @([Cluster.Contracts.ClusterErrorId].GetFields().Name) + 'ParameterArgumentValidationError', 'CannotConvertArgumentNoMessage'
    $master = Start-ClusterMaster -WorkerCount 1 -Name limits
    # What a command needs beside the parameter in question.
    $needed = @{
        'Send-WorkerMessage'    = @{ Body = 1; All = $true }
        'Invoke-WorkerRequest'  = @{ Body = 1 }
        'Invoke-ClusterWorker'  = @{ ScriptBlock = { 1 } }
        'Wait-ClusterWorker'    = @{ Worker = 1; TimeoutSec = 0 }
        'Stop-ClusterWorker'    = @{ Worker = 1 }
        'Restart-ClusterWorker' = @{ Worker = 1 }
        'Start-ClusterMaster'   = @{ WorkerCount = 1 }
        'Receive-WorkerMessage' = @{ TimeoutSec = 0 }
        'Watch-ClusterMaster'   = @{ Count = 1 }
    }
}

AfterAll {
    $master | Stop-ClusterMaster
}

Describe 'A value that is not usable' {
    It 'is refused with a clear error before anything starts: <title>' -ForEach $cases {
        $arguments = @{ ErrorAction = 'Stop' }
        foreach ($one in $needed[$command], $with) {
            foreach ($name in $one.Keys) { $arguments[$name] = $one[$name] }
        }
        if ($with.ContainsKey('Worker') -and $command -eq 'Send-WorkerMessage') { $arguments.Remove('All') }
        $problem = { & $command @arguments } | Should -Throw -PassThru
        $problem.FullyQualifiedErrorId.Split(',')[0] | Should -BeIn $known -Because "$problem"
        Get-ClusterMaster | ForEach-Object Name | Should -Be 'limits'
        $master.Workers.Id | Should -Be 1
    }
}

Describe 'The limits themselves' {
    It 'are usable: the shortest time of -HeartbeatTimeoutSec and -MaxAge, the longest -Name' {
        $name = 'ü' * 100
        $small = Start-ClusterMaster -WorkerCount 1 -Name $name -HeartbeatTimeoutSec 86400 -MaxAge 0:0:1 -LogPath $TestDrive -LogFileBytes 1024 -ScriptBlock { Send-WorkerMessage 'ready'; Receive-WorkerMessage -Wait }
        Receive-WorkerMessage -Master $name -Count 1 -TimeoutSec 60 -ExpandBody | Should -Be 'ready'
        $small | Stop-ClusterMaster
        Join-Path $TestDrive "$name/master.jsonl" | Should -Exist
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Stop-ClusterMaster limits
        Assert-NothingLeft
    }
}
