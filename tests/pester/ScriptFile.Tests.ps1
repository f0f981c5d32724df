# A worker runs a script file as "pwsh -File" does.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $wait = @{ TimeoutSec = 30 }

    function New-Script([string] $Text) {
        $path = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N').Substring(0, 8)).ps1"
        [System.IO.File]::WriteAllText($path, $Text)
        $path
    }

    # With -ExplicitReady a refusal fails the start however long it takes: the search for a module may take over a second.
    function Start-Script([string] $Path, [object[]] $ArgumentList = @(), [switch] $ExplicitReady) {
        $null = Start-ClusterMaster $Path -WorkerCount 1 -RestartPolicy Never -ArgumentList $ArgumentList -ExplicitReady:$ExplicitReady
        Get-ClusterWorker -IncludeExited
    }
}

Describe '#Requires in a worker''s script' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'refuses the start: <requires>' -ForEach @(
        @{ requires = '#Requires -Version 99'; because = 'PowerShell 99' }
        @{ requires = '#Requires -PSEdition Desktop'; because = 'Desktop' }
        @{ requires = '#Requires -Modules NoSuchModule'; because = 'NoSuchModule' }
        @{ requires = '#Requires -Modules @{ ModuleName = "Microsoft.PowerShell.Utility"; ModuleVersion = "99.0" }'; because = 'Microsoft.PowerShell.Utility' }
    ) {
        $path = New-Script "'before'`n$requires`n'after'"
        { Start-Script $path -ExplicitReady } | Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage "*#requires*$because*"
    }

    It 'refuses -RunAsAdministrator to another user' -Skip:([System.Environment]::IsPrivilegedProcess) {
        $path = New-Script "#Requires -RunAsAdministrator`n'never'"
        { Start-Script $path -ExplicitReady } | Should -Throw -ErrorId 'WorkerStartFailed,*' -ExpectedMessage '*Administrator*'
    }

    It 'imports the modules that it names' {
        $module = Join-Path $TestDrive 'Wanted.psm1'
        [System.IO.File]::WriteAllText($module, 'function Get-Wanted { "wanted" }')
        $null = Start-Script (New-Script "#Requires -Version 7.0 -PSEdition Core -Modules '$module'`n(Get-Module Wanted).Name")
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'Wanted'
    }
}

Describe 'What a worker''s script knows of itself' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It 'is what it knows under pwsh -File' {
        $path = New-Script @'
param($First)
$facts = [ordered]@{
    Path = $MyInvocation.MyCommand.Path
    Name = $MyInvocation.MyCommand.Name
    Definition = $MyInvocation.MyCommand.Definition
    CommandType = "$($MyInvocation.MyCommand.CommandType)"
    InvocationName = $MyInvocation.InvocationName
    Line = $MyInvocation.Line
    UnboundArguments = "$($MyInvocation.UnboundArguments)"
    BoundParameters = "$($MyInvocation.BoundParameters.Keys)"
    PSScriptRoot = $PSScriptRoot
    PSCommandPath = $PSCommandPath
    Arguments = "$First, $args"
    Scope = [bool] (Get-Variable facts -Scope Global -ErrorAction Ignore)
}
if (Get-Variable ClusterWorker -ErrorAction Ignore) { Send-WorkerMessage $facts } else { ConvertTo-Json $facts -Compress }
'@
        $expected = & (Get-HostProgram) -NoProfile -NonInteractive -File $path one two 3 | ConvertFrom-Json
        $null = Start-Script $path one, two, 3
        $facts = Receive-WorkerMessage -Count 1 -ExpandBody @wait
        $facts.PSObject.Properties.Name | Should -Be $expected.PSObject.Properties.Name
        foreach ($property in $expected.PSObject.Properties) {
            $facts.($property.Name) | Should -BeExactly $property.Value -Because $property.Name
        }
        $facts.Path | Should -Be $path
        $facts.Name | Should -Be (Split-Path $path -Leaf)
    }

    It 'positions of its errors name the file' {
        $path = New-Script "function Use-It { Write-Error deep }`n`nUse-It"
        $null = Start-Script $path
        $null = Wait-ClusterWorker 1 @wait
        Receive-WorkerMessage -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors[0].ScriptStackTrace -split '\r?\n' | Should -Be "at Use-It, ${path}: line 1", "at <ScriptBlock>, ${path}: line 3"
    }

    It 'its functions are those of the session, for the actions of events too' {
        $null = Start-Script (New-Script 'function Get-It { "found" }; $null = Register-EngineEvent it -Action { Send-WorkerMessage (Get-It) }; $null = New-Event it; Start-Sleep 60')
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'found'
    }
}

Describe 'The end of a worker''s script file' {
    AfterEach {
        Get-ClusterMaster | Stop-ClusterMaster -Force
    }

    It '"<text>": code <code>, reason <reason>, output "<output>"' -ForEach @(
        @{ text = '1'; code = 0; reason = 'Completed'; output = '1' }
        @{ text = '1; exit 9; 2'; code = 9; reason = 'Failed'; output = '1' }
        @{ text = '1; function f { exit 3 }; f; 2'; code = 3; reason = 'Failed'; output = '1' }
        @{ text = '1; try { exit 4 } finally { 2 }'; code = 4; reason = 'Failed'; output = '1 2' }
        @{ text = '1; return 2; 3'; code = 0; reason = 'Completed'; output = '1 2' }
        @{ text = '1; throw "it"; 2'; code = 1; reason = 'Failed'; output = '1' }
        @{ text = '1; & $program -NoProfile -Command exit 5; $LASTEXITCODE'; code = 0; reason = 'Completed'; output = '1 5' }
        @{ text = '1; & $program -NoProfile -Command exit 5; exit 0'; code = 0; reason = 'Completed'; output = '1' }
        @{ text = '1; Set-Content "$PSCommandPath.ps1" "exit 6"; & "$PSCommandPath.ps1"; $LASTEXITCODE'; code = 0; reason = 'Completed'; output = '1 6' }
    ) {
        $worker = Start-Script (New-Script $text.Replace('$program', "'$(Get-HostProgram)'"))
        $null = $worker | Wait-ClusterWorker @wait
        $worker.ExitCode | Should -Be $code
        $worker.ExitReason | Should -Be $reason
        "$(Receive-WorkerMessage -ExpandBody -ErrorAction SilentlyContinue)" | Should -Be $output
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
