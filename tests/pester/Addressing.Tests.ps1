# Whom a message is for: ids, slots, wildcards, all, any, siblings, topics, and what tab completion offers.

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $wait = @{ TimeoutSec = 30 }
    $obeys = "$PSScriptRoot/Files/obeys.ps1"
    $cluster = Start-ClusterMaster $obeys -Name Post -WorkerCount 2
    $first, $second = Get-ClusterWorker -Master Post

    # The ids of those who sent something back, sorted, when nothing else is on its way.
    function Receive-Id {
        $null = 'end' | Invoke-WorkerRequest -Worker $first, $second @wait
        Receive-WorkerMessage | ForEach-Object WorkerId | Sort-Object
    }
}

Describe 'Send-WorkerMessage -Worker' {
    It '<target> means <ids>' -ForEach @(
        @{ target = '*'; ids = 1, 2 }
        @{ target = '?'; ids = 1, 2 }
        @{ target = '[2-9]'; ids = 2 }
        @{ target = '1*'; ids = 1 }
        @{ target = '2'; ids = 2 }
        @{ target = 'slot:0'; ids = 1 }
        @{ target = 'slot:1'; ids = 2 }
        @{ target = 'SLOT:1'; ids = 2 }
        @{ target = 'slot:*'; ids = 1, 2 }
        @{ target = 'slot:[01]'; ids = 1, 2 }
        @{ target = 'slot:0', '2'; ids = 1, 2 }
        @{ target = 2, 'slot:0'; ids = 1, 2 }
        @{ target = '9*'; ids = $null }
        @{ target = 'slot:9*'; ids = $null }
    ) {
        Send-WorkerMessage hello -Worker $target -ErrorAction Stop
        Receive-Id | Should -Be $ids
    }

    It '<target> names nobody: <id>' -ForEach @(
        @{ target = 99; id = 'WorkerNotFound,*' }
        @{ target = '0'; id = 'WorkerNotFound,*' }
        @{ target = -1; id = 'WorkerNotFound,*' }
        @{ target = 'slot:2'; id = 'WorkerNotFound,*' }
        @{ target = 'first'; id = 'CannotConvertArgument*' }
        @{ target = '-1'; id = 'CannotConvertArgument*' }
        @{ target = '1.5'; id = 'CannotConvertArgument*' }
        @{ target = 'slot:'; id = 'CannotConvertArgument*' }
        @{ target = 'slot:first'; id = 'CannotConvertArgument*' }
        @{ target = 'Post:1'; id = 'CannotConvertArgument*' }
        @{ target = ' '; id = 'CannotConvertArgument*' }
        @{ target = ''; id = '*Argument*' }
        @{ target = @(); id = 'ParameterArgumentValidationError*' }
    ) {
        { Send-WorkerMessage hello -Worker $target -ErrorAction Stop } | Should -Throw -ErrorId $id
        { Invoke-WorkerRequest hello -Worker $target @wait -ErrorAction Stop } | Should -Throw -ErrorId $id
        Receive-Id | Should -BeNullOrEmpty
    }

    It 'tells what is possible when the text is none of it' {
        { Send-WorkerMessage hello -Worker first } | Should -Throw "*'first'*slot:0*"
    }

    It 'is told by wildcards to the same commands: <name>' -ForEach @(
        @{ name = 'Receive-WorkerMessage'; block = { Receive-WorkerMessage -Worker 'slot:1' -Count 1 @wait | ForEach-Object WorkerId }; ids = 2 }
        @{ name = 'Invoke-WorkerRequest'; block = { Invoke-WorkerRequest 'Send-WorkerMessage $ClusterWorker.Id -ReplyTo $message' -Topic run -Worker '*' @wait }; ids = 1, 2 }
    ) {
        Send-WorkerMessage hello -All
        & $block | Should -Be $ids
        $null = Receive-Id
    }
}

Describe 'Send-WorkerMessage -All and -Any' {
    It '-All gives everybody the same, in order' {
        1..50 | Send-WorkerMessage -All
        $messages = Receive-WorkerMessage -Count 100 @wait
        foreach ($id in $first.Id, $second.Id) {
            ($messages | Where-Object WorkerId -EQ $id).Body | Should -Be (1..50)
        }
    }

    It '-Any picks the one with the fewest unread messages' {
        # Neither reads before it gets this topic.
        'Send-WorkerMessage ready; $null = Receive-WorkerMessage -Topic go -Count 1' | Send-WorkerMessage -Topic run -All
        $null = Receive-WorkerMessage -Count 2 @wait
        $ahead = [Math]::Max($first.Pending, $second.Pending)
        # Whatever is pending on the second now, the first gets as many more.
        1..($ahead + 20) | Send-WorkerMessage -Worker $first
        1..10 | Send-WorkerMessage -Any -Topic any
        'go' | Send-WorkerMessage -Topic go -All
        $null = 'end' | Invoke-WorkerRequest -Worker $first, $second @wait
        $messages = Receive-WorkerMessage
        ($messages | Where-Object WorkerId -EQ $second.Id).Body | Should -Be (1..10)
        $messages | Should -HaveCount ($ahead + 30)
    }

    It 'a worker that has read all has nothing pending' {
        1..20 | Send-WorkerMessage -Worker $first
        $null = Receive-WorkerMessage -Count 20 @wait
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while ($first.Pending -gt 0 -and $clock.Elapsed.TotalSeconds -lt 10) {
            [System.Threading.Thread]::Sleep(1)
        }
        $first.Pending | Should -Be 0
    }
}

Describe 'Send-WorkerMessage to a sibling' {
    AfterEach {
        Receive-Id | Should -BeNullOrEmpty
    }

    It 'tells who sent it, and keeps the topic and the order' {
        $text = '
            $messages = Receive-WorkerMessage -Topic note* -Count 100
            Send-WorkerMessage -Body @{
                bodies = @($messages.Body); from = @($messages.WorkerId | Select-Object -Unique)
                slot = $messages[0].Slot; process = $messages[0].ProcessId; topic = $messages[0].Topic; kind = $messages[0].Kind }'
        Send-WorkerMessage $text -Topic run -Worker $second
        Send-WorkerMessage '1..100 | Send-WorkerMessage -Worker 2 -Topic notes' -Topic run -Worker $first
        $seen = Receive-WorkerMessage -Count 1 -ExpandBody @wait
        $seen.bodies | Should -Be (1..100)
        $seen.from | Should -Be $first.Id
        $seen.slot | Should -Be -1
        $seen.process | Should -Be 0
        $seen.topic | Should -Be 'notes'
        $seen.kind | Should -Be 'Message'
    }

    It 'can be received by the id of the sender' {
        Send-WorkerMessage 'Send-WorkerMessage (Receive-WorkerMessage -Worker 1 -Count 1 -ExpandBody); Send-WorkerMessage (Receive-WorkerMessage -Worker 0 -Count 1 -ExpandBody)' -Topic run -Worker $second
        Send-WorkerMessage 'from the master' -Worker $second
        Send-WorkerMessage 'Send-WorkerMessage "from a sibling" -Worker 2' -Topic run -Worker $first
        Receive-WorkerMessage -Count 2 -ExpandBody @wait | Should -Be 'from a sibling', 'from the master'
    }

    It 'can be itself' {
        Send-WorkerMessage 'Send-WorkerMessage "to myself" -Worker $ClusterWorker.Id' -Topic run -Worker $first
        $message = Receive-WorkerMessage -Count 1 @wait
        $message.Body | Should -Be 'to myself'
        $message.WorkerId | Should -Be $first.Id
    }

    It 'goes to several' {
        Send-WorkerMessage 'Send-WorkerMessage hello -Worker 1, 2' -Topic run -Worker $first
        (Receive-WorkerMessage -Count 2 @wait).WorkerId | Sort-Object | Should -Be 1, 2
    }

    It 'carries more than both queues hold, while the receiver does not read' {
        # By a file, since a full queue has no room for a word to go on.
        $waits = "Send-WorkerMessage begun; while (-not [System.IO.File]::Exists('$TestDrive/go')) { [System.Threading.Thread]::Sleep(2) }"
        Send-WorkerMessage ($waits + '; Send-WorkerMessage "$(Receive-WorkerMessage -Topic bulk -Count 2500 -ExpandBody)"') -Topic run -Worker $second
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'begun'
        Send-WorkerMessage '1..2500 | ForEach-Object { if ($_ -eq 500) { Send-WorkerMessage halfway }; $_ } | Send-WorkerMessage -Worker 2 -Topic bulk' -Topic run -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'halfway'
        Set-Content -LiteralPath "$TestDrive/go" -Value go
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be "$(1..2500)"
    }

    It 'that does not exist ends in a MessagesLost event, and the next one arrives' {
        $null = Receive-ClusterEvent
        Send-WorkerMessage 'Send-WorkerMessage lost -Topic note -Worker 99, 2' -Topic run -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -Be 'lost'
        $lost = @(Receive-ClusterEvent MessagesLost -Count 1 @wait)
        $lost | Should -HaveCount 1
        $lost[0].Messages.Body | Should -Be 'lost'
        $lost[0].Messages.Topic | Should -Be 'note'
        $lost[0].Messages.WorkerId | Should -Be $first.Id
        $lost[0].Reason | Should -BeLike '*99*'
    }

    It 'is named by an id, not by <target>' -ForEach @(
        @{ target = '*' }
        @{ target = 'slot:1' }
    ) {
        Send-WorkerMessage "try { Send-WorkerMessage hello -Worker '$target' -ErrorAction Stop } catch { Send-WorkerMessage `$_.FullyQualifiedErrorId }" -Topic run -Worker $first
        Receive-WorkerMessage -Count 1 -ExpandBody @wait | Should -BeLike 'WorkerNotFound,*'
    }
}

Describe 'Tab completion' {
    BeforeAll {
        function Complete-Text([string] $Text) {
            # Of our own parameters, and not the files that the engine offers when nothing else fits.
            $found = [System.Management.Automation.CommandCompletion]::CompleteInput($Text, $Text.Length, $null, [powershell]::Create('CurrentRunspace'))
            $found.CompletionMatches | Where-Object ResultType -EQ 'ParameterValue' | ForEach-Object CompletionText
        }
    }

    It 'offers the ids of the workers for <command>' -ForEach @(
        @{ command = 'Send-WorkerMessage hello -Worker ' }
        @{ command = 'Send-WorkerMessage hello -Master Post -Worker ' }
        @{ command = 'Invoke-WorkerRequest hello ' }
        @{ command = 'Invoke-WorkerRequest hello -Worker ' }
        @{ command = 'Receive-WorkerMessage -Worker ' }
        @{ command = 'Get-ClusterWorker -Id ' }
        @{ command = 'Stop-ClusterWorker ' }
        @{ command = 'Wait-ClusterWorker ' }
    ) {
        Complete-Text $command | Should -Be '1', '2'
        Complete-Text "${command}2" | Should -Be '2'
    }

    It 'offers the names of the masters for <command>, and the ids of that master' -ForEach @(
        @{ command = 'Send-WorkerMessage' }
        @{ command = 'Invoke-WorkerRequest' }
        @{ command = 'Receive-WorkerMessage' }
    ) {
        $other = Start-ClusterMaster $obeys -Name 'Post office' -WorkerCount 1
        try {
            Complete-Text "$command -Master " | Should -Be 'Post', "'Post office'"
            Complete-Text "$command -Master post" | Should -Be 'Post', "'Post office'"
            Complete-Text "$command -Master 'Post office' -Worker " | Should -Be '1'
        }
        finally {
            $other | Stop-ClusterMaster
        }
    }

    It 'offers the names of the masters for <command>' -ForEach @(
        @{ command = 'Receive-ClusterEvent -Master ' }
        @{ command = 'Get-ClusterWorker -Master ' }
        @{ command = 'Stop-ClusterMaster ' }
        @{ command = 'Get-ClusterMaster ' }
    ) {
        Complete-Text $command | Should -Contain 'Post'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Stop-ClusterMaster Post
        Assert-NothingLeft
    }
}
