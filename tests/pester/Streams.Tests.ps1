# What a worker's script writes to its streams: typed, in one order with its messages, in the same streams of the receiver.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    # A job's pwsh that is killed leaves the pipe behind by which it can be entered.
    $env:POWERSHELL_DIAGNOSTICS_OPTOUT = '1'
    Import-Module "$PSScriptRoot/Files/Background.psm1"
    $wait = @{ TimeoutSec = 30 }

    # Runs the texts that it is sent, each as a script whose output is the worker's; 'done' follows each as a message.
    $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock {
        Receive-WorkerMessage -Wait -ExpandBody | ForEach-Object {
            try {
                . ([scriptblock]::Create($_))
            }
            finally {
                Send-WorkerMessage 'done' -Topic done
            }
        }
    }

    # Everything that a script wrote, with the records merged into the output where they came.
    function Receive-Run([string] $Script, [hashtable] $Options = @{}, [switch] $Detailed) {
        if ($Detailed) {
            $VerbosePreference = $DebugPreference = 'Continue'
        }
        Send-WorkerMessage $Script -Any
        $seen = [System.Collections.Generic.List[object]]::new()
        do {
            Receive-WorkerMessage -Count 1 @wait @Options *>&1 | ForEach-Object { $seen.Add($_) }
        } until ($seen.Count -gt 0 -and $seen[-1].Topic -eq 'done')
        $seen.RemoveAt($seen.Count - 1)
        $seen
    }
}

AfterAll {
    $cluster | Stop-ClusterMaster
    Assert-NothingLeft
}

Describe 'Records that are odd at their sender' {
    It 'a text in a colour that is none arrives' {
        $seen = Receive-Run '$Host.UI.WriteLine([Enum]::ToObject([ConsoleColor], -1), [Enum]::ToObject([ConsoleColor], 99), "the text")'
        "$seen" | Should -BeExactly 'the text'
        $seen[0].MessageData.ForegroundColor | Should -BeNullOrEmpty
    }

    It 'an error has the chain of messages, below the exception as with Start-Job' {
        $script = { $null = 'a script, not the one command that a job would run here'; Write-Error -Exception ([System.InvalidOperationException]::new('outer', [System.IO.IOException]::new('middle', [exception]::new('inner')))) }
        $job = Start-Job $script | Receive-Job -Wait -AutoRemoveJob 2>&1
        $seen = (Receive-Run $script)[0]
        foreach ($record in $job, $seen) {
            $described = $record.Exception.SerializedRemoteException.InnerException
            $described.Message | Should -Be 'middle'
            $described.psobject.TypeNames[0] | Should -Be 'Deserialized.System.IO.IOException'
            $described.InnerException.Message | Should -Be 'inner'
        }
        $seen.Exception.InnerException.Message | Should -Be 'middle'
        $seen.Exception.GetBaseException().Message | Should -Be 'inner'
    }

    It 'an error with an empty message has the text that it has with Start-Job' {
        $script = { $null = 'a script, not the one command that a job would run here'; Write-Error -Exception ([System.InvalidOperationException]::new('')) }
        $job = Start-Job $script | Receive-Job -Wait -AutoRemoveJob 2>&1
        "$((Receive-Run $script)[0])" | Should -Be "$job"
        "$job" | Should -Not -BeNullOrEmpty
    }
}

Describe 'Output of a worker''s script' {
    It 'arrives as messages of kind Output' {
        $seen = Receive-Run '"one"; @{ a = 2 }; Send-WorkerMessage three; 4.5'
        $seen.Kind | Should -Be 'Output', 'Output', 'Message', 'Output'
        $seen[0].Body | Should -BeExactly 'one'
        $seen[1].Body.a | Should -Be 2
        $seen[3].Body | Should -BeOfType ([double])
        $seen.WorkerId | Should -Be 1, 1, 1, 1
        $seen | Where-Object Topic | Should -BeNullOrEmpty
    }

    It 'is enumerated as in any pipeline' {
        (Receive-Run '1..3; , @(4, 5); @()').Body.Count | Should -Be 5
        $seen = Receive-Run ', @(4, 5)'
        $seen.Body | Should -Be 4, 5
        $seen | Should -HaveCount 1
    }

    It 'can be null' {
        $seen = Receive-Run '$null'
        $seen.Kind | Should -Be 'Output'
        $seen.Body | Should -BeNullOrEmpty
    }

    It 'that is no data becomes an error, and the script goes on' {
        $seen = Receive-Run '[securestring]::new(); "after"'
        $seen[0] | Should -BeOfType ([System.Management.Automation.ErrorRecord])
        $seen[0].FullyQualifiedErrorId | Should -BeLike 'BodyNotSerializable*'
        $seen[1].Body | Should -Be 'after'
    }

    It 'comes with what a native program writes' {
        $seen = Receive-Run "& '$(Get-HostProgram)' -NoProfile -NonInteractive -Command '1; 2'"
        $seen.Body | Should -Be '1', '2'
        $seen.Kind | Should -Be 'Output', 'Output'
    }
}

Describe 'Records of a worker''s script' {
    It 'an error is replayed as the error record that it was' {
        $record = Receive-Run 'Write-Error -Message "no luck" -Category ObjectNotFound -ErrorId "My.Id" -TargetObject "the target"'
        $record | Should -BeOfType ([System.Management.Automation.ErrorRecord])
        $record.Exception.Message | Should -Be 'no luck'
        $record.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $record.FullyQualifiedErrorId | Should -BeLike 'My.Id*'
        $record.TargetObject | Should -Be 'the target'
        "$record" | Should -Be 'no luck'
    }

    It 'an error of a command says where it happened' {
        $record = Receive-Run "`n`n  Get-Item -LiteralPath 'not/there'"
        $record.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $record.CategoryInfo.Activity | Should -Be 'Get-Item'
        $record.ScriptStackTrace | Should -BeLike '*line 3*'
    }

    It 'a caught error is not replayed' {
        Receive-Run 'try { throw "inside" } catch { }' | Should -BeNullOrEmpty
    }

    It '<stream> is replayed typed' -ForEach @(
        @{ stream = 'a warning'; script = 'Write-Warning "careful"'; type = [System.Management.Automation.WarningRecord]; text = 'careful' }
        @{ stream = 'verbose'; script = 'Write-Verbose "in detail" -Verbose'; type = [System.Management.Automation.VerboseRecord]; text = 'in detail' }
        @{ stream = 'debug'; script = '$DebugPreference = "Continue"; Write-Debug "inside"'; type = [System.Management.Automation.DebugRecord]; text = 'inside' }
        @{ stream = 'information'; script = 'Write-Information "for you"'; type = [System.Management.Automation.InformationRecord]; text = 'for you' }
        @{ stream = 'Write-Host'; script = 'Write-Host "hello"'; type = [System.Management.Automation.InformationRecord]; text = 'hello' }
    ) {
        $record = Receive-Run $script -Detailed
        $record | Should -HaveCount 1
        $record | Should -BeOfType $type
        "$record" | Should -BeExactly $text
    }

    It 'every writing is one record, whatever was written before, with $InformationPreference <preference>' -ForEach @(
        @{ preference = 'SilentlyContinue' }
        @{ preference = 'Continue' }
    ) {
        # Each writes the same text, in every order of two.
        $writings = @(
            'Write-Information report', '"report" | Out-Host', 'Write-Host report', 'Write-Host report -ForegroundColor Red', '$Host.UI.WriteLine("report")'
            '$Host.UI.Write("report")', '$Host.UI.WriteErrorLine("report")'
            'Write-Information report -InformationAction Continue', 'Write-Warning report', 'Write-Verbose report -Verbose', 'Write-Error report'
        )
        foreach ($first in $writings) {
            $script = "`$InformationPreference = '$preference'; " + ($writings.ForEach{ "$first; $_" } -join '; ')
            $seen = Receive-Run $script -Detailed
            $seen | Should -HaveCount (2 * $writings.Count) -Because $first
        }
    }

    It 'what a script redirects is not shown' {
        Receive-Run 'Write-Host a 6>$null; & { Write-Information b; Write-Warning c } *>$null; $kept = & { Write-Host d } 6>&1; "$kept"' | ForEach-Object Body | Should -Be 'd'
    }

    It 'information keeps its data and tags' {
        $record = Receive-Run 'Write-Information @{ a = 1 } -Tags one, two'
        $record.MessageData.a | Should -Be 1
        $record.Tags | Should -Be 'one', 'two'
    }

    It 'Write-Host keeps its colours and the line' {
        $record = Receive-Run 'Write-Host "hello" -ForegroundColor Green -NoNewline'
        $record.MessageData.Message | Should -Be 'hello'
        $record.MessageData.ForegroundColor | Should -Be 'Green'
        $record.MessageData.NoNewLine | Should -BeTrue
        $record.Tags | Should -Contain 'PSHOST'
    }

    It 'progress is replayed with all that it says' {
        Send-WorkerMessage 'Write-Progress -Activity Work -Status busy -Id 7 -PercentComplete 40 -CurrentOperation file; Write-Progress -Activity Work -Id 7 -Completed' -Any
        $receiver = Start-Background { param($Master) Receive-WorkerMessage -Count 1 -Master $Master } $cluster
        try {
            Wait-Background $receiver
            $records = @($receiver.Streams.Progress | Where-Object ActivityId -EQ 7)
        }
        finally {
            Remove-Background $receiver
        }
        $records | Should -HaveCount 2
        $records[0].Activity | Should -Be 'Work'
        $records[0].StatusDescription | Should -Be 'busy'
        $records[0].PercentComplete | Should -Be 40
        $records[0].CurrentOperation | Should -Be 'file'
        $records[0].RecordType | Should -Be 'Processing'
        $records[1].RecordType | Should -Be 'Completed'
    }

    It 'all come in one order with messages and output' {
        $script = @'
            1
            Write-Warning 2
            Send-WorkerMessage 3
            Write-Error 4
            5
            Write-Information 6
            Write-Verbose 7 -Verbose
            Send-WorkerMessage 8
            Write-Host 9
'@
        $seen = Receive-Run $script -Detailed
        $seen | ForEach-Object { $_ -is [Cluster.Api.WorkerMessage] ? "$($_.Body)" : "$_" } | Should -Be (1..9 | ForEach-Object ToString)
    }
}

Describe 'The receiver' {
    AfterEach {
        $null = Receive-WorkerMessage -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
    }

    It 'honours its preferences: verbose and debug are silent by default' {
        Receive-Run 'Write-Verbose "in detail" -Verbose; $DebugPreference = "Continue"; Write-Debug inside; "end"' | Should -HaveCount 1
    }

    It 'honours -WarningAction' {
        Receive-Run 'Write-Warning careful; "end"' @{ WarningAction = 'SilentlyContinue' } | Should -HaveCount 1
    }

    It 'collects with -ErrorVariable, -WarningVariable and -InformationVariable' {
        Send-WorkerMessage 'Write-Error one; Write-Warning two; Write-Information three' -Any
        $null = Receive-WorkerMessage -Count 1 @wait -ErrorAction SilentlyContinue -WarningAction SilentlyContinue -ErrorVariable errors -WarningVariable warnings -InformationVariable informations
        "$errors" | Should -Be 'one'
        "$warnings" | Should -Be 'two'
        "$informations" | Should -Be 'three'
    }

    It 'stops at an error with -ErrorAction Stop, and nothing behind it is lost' {
        Send-WorkerMessage '"before"; Write-Error -Message "the error" -ErrorId My.Id; "after"; Write-Warning "careful"' -Any
        $before = [System.Collections.Generic.List[object]]::new()
        { Receive-WorkerMessage -Wait -ExpandBody @wait -ErrorAction Stop | ForEach-Object { $before.Add($_) } } |
            Should -Throw 'the error' -ErrorId 'My.Id*'
        $before | Should -Be 'before'
        Receive-WorkerMessage -Count 2 -ExpandBody @wait -WarningVariable warnings -WarningAction SilentlyContinue | Should -Be 'after', 'done'
        "$warnings" | Should -Be 'careful'
    }

    It 'leaves records unread with -Topic' {
        Send-WorkerMessage 'Write-Warning careful; Send-WorkerMessage 1' -Any
        Receive-WorkerMessage -Topic done -Count 1 @wait -WarningVariable warnings | Should -Not -BeNullOrEmpty
        $warnings | Should -BeNullOrEmpty
        (Receive-WorkerMessage -WarningAction SilentlyContinue -WarningVariable warnings).Body | Should -Be 1
        "$warnings" | Should -Be 'careful'
    }

    It 'counts messages alone with -Count' {
        Send-WorkerMessage '1..5 | ForEach-Object { Write-Warning $_ }; "end"' -Any
        Receive-WorkerMessage -Count 2 -ExpandBody @wait -WarningAction SilentlyContinue -WarningVariable warnings | Should -Be 'end', 'done'
        $warnings | Should -HaveCount 5
    }
}
