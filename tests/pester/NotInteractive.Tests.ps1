# A worker has nobody to ask: whatever asks gets an error that names the question, and nothing waits.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    # Runs the texts that it is sent and answers with what happened.
    $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait | ForEach-Object {
            $answer = try {
                $result = . ([scriptblock]::Create($_.Body))
                @{ result = $result }
            }
            catch {
                @{ error = $_.Exception.GetBaseException().Message; id = $_.FullyQualifiedErrorId }
            }
            Send-WorkerMessage $answer -ReplyTo $_
        }
    }
}

AfterAll {
    Stop-ClusterMaster -Force
    Assert-NothingLeft
}

Describe 'A question in a worker' {
    It '<script> is an error that names it' -ForEach @(
        @{ script = 'Read-Host "your name"'; names = "*'your name'*" }
        @{ script = 'Read-Host'; names = '*input*' }
        @{ script = 'Read-Host "the PIN" -AsSecureString'; names = "*'the PIN'*" }
        @{ script = 'Read-Host -AsSecureString'; names = '*secret input*' }
        @{ script = 'Read-Host "the PIN" -MaskInput'; names = "*'the PIN'*" }
        @{ script = 'Read-Host -MaskInput'; names = '*input*' }
        @{ script = 'pause'; names = '*Press Enter*' }
        @{ script = '$Host.UI.ReadLine()'; names = '*input*' }
        @{ script = '$Host.UI.RawUI.ReadKey()'; names = '*key*' }
        @{ script = '[System.Console]::ReadKey()'; names = '*key*' }
        @{ script = 'Get-Credential -Message "the login" -UserName bob'; names = '*the login*bob*' }
        @{ script = '$Host.UI.PromptForChoice("Format", "Really the disk?", @("&Yes", "&No"), 0)'; names = '*Format*Really the disk?*' }
        @{ script = '$Host.UI.PromptForChoice("Format", "Which disks?", [System.Management.Automation.Host.ChoiceDescription[]] @("&A", "&B"), [int[]] @(0))'; names = '*Format*Which disks?*' }
        @{ script = '$file = New-TemporaryFile; try { Remove-Item $file -Confirm } finally { $file.Delete() }'; names = '*Remove File*-Confirm:$false*' }
        @{ script = 'Write-Warning careful -WarningAction Inquire'; names = '*Continue*' }
        @{ script = '$Host.EnterNestedPrompt()'; names = '*prompt*' }
    ) {
        $answer = Invoke-WorkerRequest $script -Worker 1 -TimeoutSec 30
        $answer.error | Should -BeLike $names
    }

    It 'a read of the console finds its end' {
        (Invoke-WorkerRequest '[System.Console]::ReadLine() -eq $null' -Worker 1 -TimeoutSec 30).result | Should -BeTrue
    }
}

Describe 'A stop in the debugger' {
    It '<script> is an error that names it, and the script goes on' -ForEach @(
        @{ script = 'Wait-Debugger; "after"'; names = '*Wait-Debugger*' }
        @{ script = '$b = Set-PSBreakpoint -Variable broken -Mode Write; $broken = 1; Remove-PSBreakpoint $b; "after"'; names = '*$broken*' }
        @{ script = '$b = Set-PSBreakpoint -Command Get-Culture; $null = Get-Culture; Remove-PSBreakpoint $b; "after"'; names = '*Get-Culture*' }
    ) {
        $null = Receive-WorkerMessage -ErrorAction SilentlyContinue
        (Invoke-WorkerRequest $script -Worker 1 -TimeoutSec 30).result | Should -Be 'after'
        Receive-WorkerMessage -ErrorVariable errors -ErrorAction SilentlyContinue
        "$errors" | Should -BeLike $names
        $errors[0].FullyQualifiedErrorId | Should -Be 'NotInteractive'
    }
}
