# Bad input gets a clear error, and nothing is lost: what is wrong while workers run.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    $largest = 64MB

    # Sends a text back, or runs a script block's text and sends the id and message of its error.
    $echo = {
        Receive-WorkerMessage -Wait | ForEach-Object {
            $problem = $null
            if ($_.Topic -eq 'run') {
                try { $null = . ([scriptblock]::Create($_.Body)) } catch { $problem = $_ }
                Send-WorkerMessage @{ id = "$($problem.FullyQualifiedErrorId)"; text = "$problem" }
            }
            else { Send-WorkerMessage $_.Body }
        }
    }

    # Whether the worker still answers, and nothing else has come from it.
    function Assert-StillThere {
        Send-WorkerMessage 'still there?' -Any
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'still there?'
    }
}

Describe 'Sending' {
    BeforeAll {
        $master = Start-ClusterMaster -WorkerCount 2 -ScriptBlock $echo
        Stop-ClusterWorker 2
        $cycle = @{ name = 'outer'; list = @(1, @{ }) }
        $cycle.list[1].again = $cycle
        $deep = 'bottom'
        foreach ($level in 1..40) { $deep = @{ down = $deep } }
    }

    AfterAll {
        Stop-ClusterMaster
    }

    It 'to <title>' -ForEach @(
        @{ title = 'a worker that does not exist'; to = @{ Worker = 99 }; id = 'WorkerNotFound'; says = '99' }
        @{ title = 'a worker that has exited'; to = @{ Worker = 2 }; id = 'WorkerExited'; says = 'Worker 2 has exited \(Stopped\)' }
        @{ title = 'no target'; to = @{ }; id = 'TargetMissing'; says = '-Worker.*-All.*-Any' }
        @{ title = 'a master that does not exist'; to = @{ All = $true; Master = 'nobody' }; id = 'MasterNotFound'; says = 'nobody' }
    ) {
        $problem = { Send-WorkerMessage 'lost' @to -ErrorAction Stop } | Should -Throw -PassThru
        $problem.FullyQualifiedErrorId | Should -Be "$id,Cluster.Commands.SendWorkerMessageCommand"
        $problem.Exception.Message | Should -Match $says
    }

    It 'to several: one that has exited does not keep the others from getting it' {
        Send-WorkerMessage 'for both' -Worker 2, 1 -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem.FullyQualifiedErrorId | Should -Be 'WorkerExited,Cluster.Commands.SendWorkerMessageCommand'
        Receive-WorkerMessage -Count 1 -TimeoutSec 30 -ExpandBody | Should -Be 'for both'
    }

    It 'nothing' {
        { Send-WorkerMessage -All -ErrorAction Stop } | Should -Throw -ErrorId 'BodyMissing,*' -ExpectedMessage '*-Body*'
        { Get-ClusterWorker | Send-WorkerMessage -ErrorAction Stop } | Should -Throw
    }

    It 'a topic that is <title>' -ForEach @(
        @{ title = 'too long'; topic = 'x' * 1025; id = 'TopicInvalid' }
        @{ title = 'empty'; topic = ''; id = 'ParameterArgumentValidationError' }
    ) {
        { Send-WorkerMessage 'x' -All -Topic $topic } | Should -Throw -ErrorId "$id,*"
    }

    It '<title>: an error that says where it is' -ForEach @(
        @{ title = 'a secure string'; body = @{ login = @{ password = [securestring]::new() } }; says = 'login.*password' }
        @{ title = 'a credential'; body = [pscredential]::new('user', [securestring]::new()); says = 'PSCredential' }
        @{ title = 'half a surrogate pair'; body = @{ text = "bad $([char] 0xD800)" }; says = 'text' }
    ) {
        $problem = { Send-WorkerMessage $body -All -ErrorAction Stop } | Should -Throw -PassThru
        $problem.FullyQualifiedErrorId | Should -Be 'BodyNotSerializable,Cluster.Commands.SendWorkerMessageCommand'
        $problem.Exception.Message | Should -Match $says
        Assert-StillThere
    }

    It 'a cycle: an error that names the path' {
        $problem = { Send-WorkerMessage $cycle -All -ErrorAction Stop } | Should -Throw -PassThru
        $problem.FullyQualifiedErrorId | Should -Be 'BodyNotSerializable,Cluster.Commands.SendWorkerMessageCommand'
        $problem.Exception.Message | Should -Match 'list\[1\]\.again'
        Assert-StillThere
    }

    It 'something nested too deep: an error that names the limit' {
        $problem = { Send-WorkerMessage $deep -All -ErrorAction Stop } | Should -Throw -PassThru
        $problem.FullyQualifiedErrorId | Should -Be 'BodyNotSerializable,Cluster.Commands.SendWorkerMessageCommand'
        $problem.Exception.Message | Should -Match '\b32\b'
        Assert-StillThere
    }

    It '<title> over the maximum: an error with the size, and the channel is as before' -ForEach @(
        @{ title = 'a byte array'; make = { , [byte[]]::new($largest + 1) } }
        @{ title = 'a text'; make = { 'x' * ($largest + 1) } }
    ) {
        $body = & $make
        $problem = { Send-WorkerMessage $body -All -ErrorAction Stop } | Should -Throw -PassThru
        $problem.FullyQualifiedErrorId | Should -Be 'MessageTooLarge,Cluster.Commands.SendWorkerMessageCommand'
        $problem.Exception.Message | Should -Match '64 MiB|67[,.]?108[,.]?864'
        Assert-StillThere
    }

    It 'one bad object of a pipeline does not keep the others back' {
        1, [securestring]::new(), 3 | Send-WorkerMessage -Worker 1 -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem | Should -HaveCount 1
        Receive-WorkerMessage -Count 2 -TimeoutSec 30 -ExpandBody | Should -Be 1, 3
    }
}

Describe 'In a worker' {
    BeforeAll {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $echo
    }

    AfterAll {
        Stop-ClusterMaster
    }

    It '<title> is an error there' -ForEach @(
        @{ title = 'Start-ClusterMaster'; run = 'Start-ClusterMaster -WorkerCount 1'; id = 'NestedMaster'; says = 'AllowNested' }
        @{ title = 'a message that is no data'; run = 'Send-WorkerMessage ([securestring]::new()) -ErrorAction Stop'; id = 'BodyNotSerializable'; says = 'SecureString' }
        @{ title = 'a message over the maximum'; run = 'Send-WorkerMessage ([byte[]]::new(64MB + 1)) -ErrorAction Stop'; id = 'MessageTooLarge'; says = '' }
        @{ title = 'a master that it has not'; run = 'Get-ClusterMaster nobody -ErrorAction Stop'; id = 'MasterNotFound'; says = 'nobody' }
    ) {
        Send-WorkerMessage $run -All -Topic run
        $told = Receive-WorkerMessage -Count 1 -TimeoutSec 60 -ExpandBody
        $told.id | Should -BeLike "$id,*"
        $told.text | Should -Match $says
        Assert-StillThere
    }
}

Describe 'Without a master' {
    It '<name> says so' -ForEach @(
        @{ name = 'Send-WorkerMessage -All'; run = { Send-WorkerMessage 'x' -All -ErrorAction Stop } }
        @{ name = 'Receive-WorkerMessage'; run = { Receive-WorkerMessage -ErrorAction Stop } }
        @{ name = 'Receive-ClusterEvent'; run = { Receive-ClusterEvent -ErrorAction Stop } }
        @{ name = 'Wait-ClusterWorker'; run = { Wait-ClusterWorker -ErrorAction Stop } }
        @{ name = 'Stop-ClusterMaster'; run = { Stop-ClusterMaster -ErrorAction Stop } }
    ) {
        # A session of its own, which has started none.
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            $path = (Resolve-Path "$PSScriptRoot/../../module/Cluster.psd1").ProviderPath
            $null = $shell.AddScript("Import-Module '$path'; try { $run } catch { `$_ }")
            $problem = $shell.Invoke()
            $problem | Should -HaveCount 1
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'MasterNotFound,*'
            $problem[0].Exception.Message | Should -Match 'Start-ClusterMaster'
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'Empty pipeline input' {
    BeforeAll {
        $null = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $echo
    }

    AfterAll {
        Stop-ClusterMaster
    }

    It 'is no error, and does nothing: <name>' -ForEach @(
        @{ name = 'Send-WorkerMessage -All'; run = { @() | Send-WorkerMessage -All -ErrorAction Stop } }
        @{ name = 'Send-WorkerMessage BODY'; run = { Get-ClusterWorker -State Exited | Send-WorkerMessage 'x' -ErrorAction Stop } }
        @{ name = 'Receive-WorkerMessage -Wait'; run = { Get-ClusterWorker -State Exited | Receive-WorkerMessage -Wait -ErrorAction Stop } }
        @{ name = 'Wait-ClusterWorker'; run = { Get-ClusterWorker -State Exited | Wait-ClusterWorker -ErrorAction Stop } }
        @{ name = 'Stop-ClusterWorker'; run = { Get-ClusterWorker -State Exited | Stop-ClusterWorker -ErrorAction Stop } }
        @{ name = 'Get-ClusterWorker'; run = { @() | Get-ClusterWorker -ErrorAction Stop } }
        @{ name = 'Get-ClusterMaster'; run = { @() | Get-ClusterMaster -ErrorAction Stop } }
    ) {
        & $run | Should -BeNullOrEmpty
        Get-ClusterWorker | ForEach-Object State | Should -Be 'Ready'
        Assert-StillThere
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
