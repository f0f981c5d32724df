# The values that workers are started with: $using:, -ArgumentList and $ClusterWorker.ArgumentList give what Start-Job gives.

BeforeDiscovery {
    $expressions = @(
        { $using:list }
        { $using:LIST.Length }
        { $using:list[1] }
        { $using:list[-1] }
        { $using:list[1.0] }
        { $using:list['1'] }
        { $using:table['k'] }
        { $using:table.k }
        { $using:table.inner.deep }
        { $using:table.inner['deep'][1] }
        { $using:ordered[0] }
        { $using:ordered['a'].y }
        { $using:object.name }
        { $using:object.items[0].x }
        { $using:nothing }
        { $using:true }
        { $using:script:scoped }
        { $using:global:SpecScoped }
        { ${using:list} }
        { ${using:variable:list} }
        { ${using:odd name} }
        { ${using:function:Get-Answer} }
        { & ([scriptblock]::Create(${using:function:Get-Answer})) }
        { $using:function:prompt }
        { $using:env:SPEC_VALUE }
        { ${using:env:SPEC_VALUE}.Length }
        { $using:alias:gci }
        { Write-Output @using:list }
        { "$using:list and $($using:table.k)" }
        { & { & { $using:list[0] } } }
        { function inside { $using:object.name }; inside }
        { 1..2 | ForEach-Object { "$_ $using:list" } }
        { $block = { $using:table.k }; & $block }
        { $using:PSVersionTable.PSVersion.Major }
        { $using:host.Name }
        { $using:culture.Name }
    ) | ForEach-Object { "$_".Trim() }
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    # A job's pwsh that is killed leaves the pipe behind by which it can be entered.
    $env:POWERSHELL_DIAGNOSTICS_OPTOUT = '1'

    class Inner { [string] $Name = 'inner' }
    class Outer { [int] $X = 1; [Inner] $Inner; $Table = @{ a = 1 } }

    $script:scoped = 'of the script'
    $global:SpecScoped = 'global'
    $env:SPEC_VALUE = 'from the environment'
    $list = 10, 20, 30
    $table = @{ k = 'v'; inner = @{ deep = 1, 2 } }
    $ordered = [ordered]@{ z = 1; a = [ordered]@{ y = 2; b = 3 } }
    $object = [pscustomobject]@{ PSTypeName = 'My.Thing'; name = 'n'; items = @([pscustomobject]@{ x = 1 }, @{ x = 2 }); table = @{ a = 1 } }
    $nothing = $null
    ${odd name} = 'odd'
    $culture = [cultureinfo] 'de-DE'
    function Get-Answer { 'forty-two' }

    # What a script block puts out when it is run by a worker.
    function Invoke-InWorker([scriptblock] $Block, [object[]] $Arguments = @()) {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock $Block -ArgumentList $Arguments -NoWait
        try {
            Receive-WorkerMessage -Wait -ErrorAction Stop | ForEach-Object Body
        }
        finally {
            $cluster | Stop-ClusterMaster -Force
        }
    }

    function Invoke-InJob([scriptblock] $Block, [object[]] $Arguments = @()) {
        Start-Job $Block -ArgumentList $Arguments | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop
    }

    # What counts of a value's kind, in the process that has got it.
    $describe = {
        function Get-Kind($Value) {
            if ($null -eq $Value) { return 'null' }
            if ($Value -is [hashtable]) { return "hashtable($(@($Value.Keys | Sort-Object { "$_" } -CaseSensitive | ForEach-Object { "$($_.GetType().Name) $_=$(Get-Kind $Value[$_])" }) -join ';'))" }
            if ($Value -is [System.Collections.Specialized.OrderedDictionary]) { return "ordered($(@($Value.Keys | ForEach-Object { "$_=$(Get-Kind $Value[$_])" }) -join ';'))" }
            if ($Value -is [string]) { return "text $Value" }
            if ($Value -is [System.Collections.IList]) { return "list($(@($Value | ForEach-Object { Get-Kind $_ }) -join ';'))" }
            if ($Value -is [System.ValueType]) { return "$($Value.GetType()) $Value" }
            $type = @($Value.psobject.TypeNames | Where-Object { $_ -like 'Deserialized.*' -and $_ -notmatch 'PSCustomObject|System.Object$' })
            "object[$type]($(@($Value.psobject.Properties | ForEach-Object { "$($_.Name)=$(Get-Kind $_.Value)" }) -join ';'))"
        }
    }
}

AfterAll {
    Remove-Item Env:SPEC_VALUE
    Remove-Variable SpecScoped -Scope Global
}

Describe 'Expressions' -ForEach @{ expressions = $expressions } {
    BeforeAll {
        # All in one script block, for a job takes its time to start.
        $block = [scriptblock]::Create((@($expressions | ForEach-Object { "'==='", $_ }) -join "`n"))
        function Split-Output($Output) {
            @(($Output | ForEach-Object { "$_".Trim() }) -join "`n" -split '===\n?' | ForEach-Object Trim)
        }
        $expected = Split-Output (Invoke-InJob $block)
        $actual = Split-Output (Invoke-InWorker $block)
    }

    It '<_> gives what it gives in a job' -ForEach $expressions {
        $i = $expressions.IndexOf($_) + 1
        $actual[$i] | Should -BeExactly $expected[$i]
    }

    It 'have values' {
        $expected | Should -HaveCount ($expressions.Count + 1)
        @($expected | Where-Object { $_ }).Count | Should -BeGreaterThan ($expressions.Count - 3)
    }
}

Describe 'The kinds of values' {
    BeforeAll {
        $differing = [hashtable]::new()
        $differing.Add('a', 1)
        $differing.Add('A', 2)
        $values = @(
            $table, $ordered, $object, [Outer]::new(), @(1, @(2, @{ a = 1 })), $null, 1.5, 'text', @{}, [ordered]@{}, [pscustomobject]@{ a = 1 }
            @{ 1 = 'number'; ([guid]::Empty) = 'guid' }, @{ '' = 'empty' }, $differing, @{ '$' = 'datetime'; v = 1 }
            @{ list = @(@{ a = @{ b = [pscustomobject]@{ c = [ordered]@{ d = 1 } } } }) }
        )
        $expected = @(Invoke-InJob ([scriptblock]::Create("$describe; foreach (`$v in `$args) { Get-Kind `$v }")) $values)
    }

    It 'are those of a job by -ArgumentList' {
        Invoke-InWorker ([scriptblock]::Create("$describe; foreach (`$v in `$args) { Get-Kind `$v }")) $values | Should -BeExactly $expected
    }

    It 'are those of a job in $ClusterWorker.ArgumentList' {
        Invoke-InWorker ([scriptblock]::Create("$describe; foreach (`$v in `$ClusterWorker.ArgumentList) { Get-Kind `$v }")) $values | Should -BeExactly $expected
    }

    It 'are those of a job by $using:' {
        Invoke-InWorker ([scriptblock]::Create("$describe; foreach (`$v in `$using:values) { Get-Kind `$v }")) | Should -BeExactly $expected
    }

    It 'are described where a job has only the text of an object in an object' {
        $outer = [Outer]::new()
        $outer.Inner = [Inner]::new()
        Invoke-InWorker { ($using:outer).Inner.Name; ($using:outer).Inner.psobject.TypeNames[0] } | Should -BeLike '*nner'
    }

    It 'are those of a job in an -InitializationScript' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -InitializationScript { $kept = $using:table; $sum = $using:object } -ScriptBlock {
            $kept.ContainsKey('K'), $kept.inner.ContainsKey('deep'), $sum.psobject.TypeNames[0]
        }
        Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be $true, $true, 'Deserialized.My.Thing'
        $cluster | Stop-ClusterMaster
    }

    It 'are those of a job after Set-ClusterMaster' {
        $cluster = Start-ClusterMaster -WorkerCount 1 -ScriptBlock { }
        $cluster | Set-ClusterMaster -WorkerCount 2 -ScriptBlock { ($using:table).ContainsKey('k'); $args[0].ContainsKey('a') } -ArgumentList @{ a = 1 } -NoWait
        Receive-WorkerMessage -Wait | ForEach-Object Body | Should -Be $true, $true
        $cluster | Stop-ClusterMaster
    }

    It 'work with the commands for objects' {
        $rows = 1..4 | ForEach-Object { [pscustomobject]@{ Name = "n$($_ % 2)"; Size = $_ } }
        $worked = Invoke-InWorker {
            param($given)
            foreach ($rows in $given, $using:rows) {
                ($rows | Measure-Object Size -Sum).Sum
                @($rows | Group-Object Name).Count
                ($rows | Select-Object -ExpandProperty Size) -join ','
                ($rows | Sort-Object Size -Descending)[0].Size
            }
        } @(, $rows)
        $worked | Should -Be (@(10, 2, '1,2,3,4', 4) * 2)
    }

    It 'may be nested as deeply as a message' {
        $nest = 'core'
        foreach ($i in 1..32) { $nest = @(, $nest) }
        Invoke-InWorker { param($n) foreach ($i in 1..32) { $n = $n[0] }; $n } @(, $nest) | Should -Be 'core'
    }
}

Describe 'What cannot be given to a worker' {
    BeforeAll {
        $cred = [pscredential]::new('user', [securestring]::new())
        $deep = @{ list = @(1, @{ key = [securestring]::new() }) }
        $ring = @{}
        $ring.self = $ring
    }

    It '<name> is refused by its name' -ForEach @(
        @{ name = '$using:cred'; block = { $using:cred }; says = '$using:cred is a secret*' }
        @{ name = '$using:Cred'; block = { $using:Cred }; says = '$using:cred is a secret*' }
        @{ name = '$using:deep'; block = { $using:deep }; says = '$using:deep.list`[1`].key is a secret*' }
        @{ name = '$using:deep.list'; block = { $using:deep.list }; says = '$using:deep.list`[1`].key is a secret*' }
        @{ name = '$using:ring'; block = { $using:ring }; says = '$using:ring.self is an object that contains it*' }
    ) {
        { Start-ClusterMaster -WorkerCount 1 -ScriptBlock $block -ErrorAction Stop } |
            Should -Throw "The workers cannot be started: $says" -ErrorId 'BodyNotSerializable,*'
        { Start-ClusterMaster -WorkerCount 1 -InitializationScript $block -ErrorAction Stop } |
            Should -Throw "The workers cannot be started: $says" -ErrorId 'BodyNotSerializable,*'
    }

    It 'an argument is refused by its place' {
        { Start-ClusterMaster -WorkerCount 1 -ScriptBlock { } -ArgumentList 1, $cred -ErrorAction Stop } |
            Should -Throw 'The workers cannot be started: -ArgumentList`[1`] is a secret*' -ErrorId 'BodyNotSerializable,*'
    }

    It '<text> is refused as not set' -ForEach @(
        { $using:nosuch }, { $using:nosuch.x }, { ${using:function:nosuch} }, { $using:env:NO_SUCH_VARIABLE }, { $using:list[99][0] }, { ${using:nodrive:x} } |
            ForEach-Object { @{ block = $_; text = "$_".Trim() } }
    ) {
        { Start-ClusterMaster -WorkerCount 1 -ScriptBlock $block -ErrorAction Stop } |
            Should -Throw "*$([System.Management.Automation.WildcardPattern]::Escape($text))*has no value*" -ErrorId 'UsingExpressionInvalid,*'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' {
        Assert-NothingLeft
    }
}
