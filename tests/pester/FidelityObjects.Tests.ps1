# Arrays, maps, objects and error records there and back through a real worker, and what is refused instead of changed.

BeforeDiscovery {
    $lists = @(
        @{ name = 'an empty array'; value = @() }
        @{ name = 'an array of one'; value = @(1) }
        @{ name = 'an array of null'; value = @(, $null) }
        @{ name = 'an array of an empty array'; value = @(, @()) }
        @{ name = 'an array of an array of one'; value = @(, @(1)) }
        @{ name = 'two empty arrays'; value = @(@(), @()) }
        @{ name = 'arrays on many levels'; value = @(1, @(2, @(3, @(), @(, @(4)))), 'five') }
        @{ name = 'an array of numbers'; value = [int[]] (1, 2, 3) }
        @{ name = 'an array of texts'; value = [string[]] ('a', '') }
        @{ name = 'an array with every kind of value'; value = @(1, 5000000000, 1.5, 'x', $true, $null, [guid]::Empty, @()) }
        @{ name = 'a generic list'; value = [System.Collections.Generic.List[int]] (1, 2) }
        @{ name = 'an empty generic list'; value = [System.Collections.Generic.List[string]]::new() }
        @{ name = 'an array list'; value = [System.Collections.ArrayList] (1, 'b') }
        @{ name = 'a queue'; value = [System.Collections.Queue]::new(@(1, 2)) }
        @{ name = 'a set'; value = [System.Collections.Generic.HashSet[int]]::new([int[]] (1, 2)) }
        @{ name = 'a long array'; value = @(1..1000) }
    )
    $names = 'Count', 'Keys', 'Values', 'Length', 'Name', 'psobject', 'PSTypeName', 'ToString', 'GetType', 'Item', '$', '$type', '__proto__', 'a.b', 'a b', '1', ' ', "quote'", "line`nbreak", "$([char] 0x4F60)"
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Fidelity.psm1"
    $cluster = Start-EchoCluster

    class Point {
        [int] $X
        [int] $Y
        hidden [int] $Secret = 1
        static [int] $Shared = 2
    }
    class NamedPoint : Point {
        [string] $Label = 'here'
    }

    function Get-PropertyName($Object) {
        @($Object.psobject.Properties | ForEach-Object Name)
    }

    # Arrays in arrays, so many levels.
    function Get-Nest([int] $Depth) {
        $nest = @()
        foreach ($i in 2..$Depth) { $nest = @(, $nest) }
        , $nest
    }
}

AfterAll {
    $cluster | Stop-ClusterMaster
    Assert-NothingLeft
}

Describe 'Fidelity: <name>' -ForEach $lists {
    It 'arrives as object[] of the same shape' {
        $echo = Get-Echo $value
        Assert-SameShape $echo.Body $value
        $echo.Topic | Should -Be 'System.Object[]'
    }

    It 'arrives so in a map' {
        Assert-SameShape (Get-Echo @{ list = $value }).Body.list $value
    }
}

Describe 'Fidelity: maps and objects' {
    It '<name> arrives as a custom object with the same properties in the same order' -ForEach @(
        @{ name = 'an ordered hashtable'; value = [ordered]@{ z = 1; a = 'b'; m = $null } }
        @{ name = 'a custom object'; value = [pscustomobject]@{ z = 1; a = 'b'; m = $null } }
    ) {
        $body = (Get-Echo $value).Body
        $body.psobject.TypeNames[0] | Should -Be 'System.Management.Automation.PSCustomObject'
        Get-PropertyName $body | Should -Be 'z', 'a', 'm'
        Assert-Same $body.z 1
        Assert-Same $body.a 'b'
        Assert-Same $body.m $null
    }

    It 'a hashtable arrives in the order of its keys' {
        $value = @{}
        1..50 | ForEach-Object { $value["key$_"] = $_ }
        $body = (Get-Echo $value).Body
        Get-PropertyName $body | Should -Be @($value.Keys)
        $body.key17 | Should -Be 17
    }

    It 'an empty <name> arrives empty' -ForEach @(
        @{ name = 'hashtable'; value = @{} }
        @{ name = 'custom object'; value = [pscustomobject]@{} }
    ) {
        $body = (Get-Echo $value).Body
        $body | Should -BeOfType ([pscustomobject])
        Get-PropertyName $body | Should -BeNullOrEmpty
    }

    It 'maps in arrays in maps arrive' {
        $body = (Get-Echo @{ list = @(@{ a = @{ b = 1 } }, [pscustomobject]@{ c = @() }) }).Body
        $body.list[0].a.b | Should -Be 1
        Assert-SameShape $body.list[1].c @()
    }

    It 'keys that are no texts arrive as their texts' {
        $body = (Get-Echo ([System.Collections.Hashtable] @{ 1 = 'a'; [System.DayOfWeek]::Friday = 'b' })).Body
        Get-PropertyName $body | Sort-Object | Should -Be '1', 'Friday'
        $body.'1' | Should -Be 'a'
    }

    It 'the key <_> has no meaning of its own' -ForEach $names {
        foreach ($value in @{ $_ = 'datetime' }, [ordered]@{ $_ = 'datetime'; v = '2024-01-01' }) {
            $sent = @($value.GetEnumerator())
            $entries = @((Get-Echo $value -AsHashtable).Body.GetEnumerator())
            $entries | Should -HaveCount $sent.Count
            $entries[0].Key | Should -BeExactly $_
            $entries[0].Value | Should -Be 'datetime'
        }
    }

    It 'the property <_> has no meaning of its own' -ForEach ($names -ne 'psobject' -ne 'PSTypeName') {
        $property = (Get-Echo ([pscustomobject]@{ $_ = 'datetime' })).Body.psobject.Properties[$_]
        $property.Name | Should -BeExactly $_
        $property.Value | Should -Be 'datetime'
    }

    It 'properties made by script arrive with their values' {
        $value = [pscustomobject]@{ a = 2 } | Add-Member ScriptProperty Twice { $this.a * 2 } -PassThru
        (Get-Echo $value).Body.Twice | Should -Be 4
    }

    It 'the same object at two places arrives at both' {
        $shared = @{ x = 1 }
        $body = (Get-Echo @{ a = $shared; b = @($shared, $shared) }).Body
        $body.a.x, $body.b[0].x, $body.b[1].x | Should -Be 1, 1, 1
    }

    It 'an instance of a PowerShell class arrives as a custom object that names its classes' {
        $value = [NamedPoint] @{ X = 3; Y = 4 }
        $body = (Get-Echo $value).Body
        # PowerShell itself puts a mark of the file before the name.
        $body.psobject.TypeNames[0..1] | Should -Be @($value.psobject.TypeNames[0..1] | ForEach-Object { "Deserialized.$_" })
        $body.psobject.TypeNames[0] | Should -BeLike '*NamedPoint'
        $body | Should -BeOfType ([pscustomobject])
        $body -is [Point] | Should -BeFalse
        Get-PropertyName $body | Sort-Object | Should -Be 'Label', 'X', 'Y'
        $body.X, $body.Y, $body.Label | Should -Be 3, 4, 'here'
    }

    It 'an instance of a .NET class arrives so, too' {
        $body = (Get-Echo ([System.Text.StringBuilder]::new('abc'))).Body
        $body.psobject.TypeNames[0] | Should -Be 'Deserialized.System.Text.StringBuilder'
        $body.Length | Should -Be 3
    }

    It 'a type name that a user gave arrives' {
        (Get-Echo ([pscustomobject]@{ PSTypeName = 'My.Thing'; a = 1 })).Body.psobject.TypeNames[0] | Should -Be 'Deserialized.My.Thing'
    }

    It 'a property that all objects are given between two messages arrives with the next one' {
        Get-PropertyName (Get-Echo ([pscustomobject] @{ a = 1 })).Body | Should -Be 'a'
        try {
            Update-TypeData -TypeName System.Object -MemberType NoteProperty -MemberName Extra -Value 2
            Send-WorkerMessage ([pscustomobject] @{ a = 1 }) -Any
        }
        finally {
            Remove-TypeData -TypeName System.Object
        }
        Get-PropertyName (Receive-WorkerMessage -Count 1).Body | Should -Be 'a', 'Extra'
        Get-PropertyName (Get-Echo ([pscustomobject] @{ a = 1 })).Body | Should -Be 'a'
    }

    It 'a file arrives as an object, and its folder as a path' {
        $file = Get-Item "$PSScriptRoot/Fidelity.Tests.ps1"
        $body = (Get-Echo $file).Body
        $body.Name | Should -Be 'Fidelity.Tests.ps1'
        $body.FullName | Should -Be $file.FullName
        Assert-Same $body.LastWriteTimeUtc $file.LastWriteTimeUtc
        $body.Directory | Should -Be $file.DirectoryName
    }

    It 'an error record arrives with message, category, id, target and stack' {
        $record = try { Get-Item -LiteralPath "$PSScriptRoot/not there" -ErrorAction Stop } catch { $_ }
        $body = (Get-Echo $record).Body
        $body | Should -BeOfType ([pscustomobject])
        $body.Message | Should -Be $record.Exception.Message
        $body.Category | Should -Be 'ObjectNotFound'
        $body.Id | Should -Be $record.FullyQualifiedErrorId
        $body.Target | Should -Be "$PSScriptRoot/not there"
        $body.Stack | Should -Be $record.ScriptStackTrace
    }
}

Describe 'Fidelity: what is refused' {
    It '<name> is refused, and the error names its place' -ForEach @(
        @{ name = 'a secure string'; get = { [securestring]::new() } }
        @{ name = 'a credential'; get = { [pscredential]::new('user', [securestring]::new()) } }
        @{ name = 'the first half of a surrogate pair'; get = { "a$([char] 0xD83D)" } }
        @{ name = 'the second half of a surrogate pair'; get = { "$([char] 0xDE00)a" } }
        @{ name = 'a surrogate pair the wrong way round'; get = { "$([char] 0xDE00)$([char] 0xD83D)" } }
        @{ name = 'an array in itself'; get = { $list = [object[]]::new(1); $list[0] = $list; , $list } }
        @{ name = 'a map in itself'; get = { $map = @{}; $map.inner = @{ back = $map }; $map } }
        @{ name = 'an object in itself'; get = { $object = [pscustomobject]@{ self = $null }; $object.self = $object; $object } }
        @{ name = 'two keys that differ in case alone'; get = { $map = [hashtable]::new(); $map.Add('a', 1); $map.Add('A', 2); $map } }
    ) {
        $value = & $get
        { Send-WorkerMessage -Body $value -Any -ErrorAction Stop } | Should -Throw -ErrorId 'BodyNotSerializable,*'
        { Send-WorkerMessage -Body @{ list = @(1, @{ 'odd key' = $value }) } -Any -ErrorAction Stop } |
            Should -Throw '*$.list`[1`]*odd key*' -ErrorId 'BodyNotSerializable,*'
    }

    It 'a cycle is named by its path' {
        $map = @{}
        $map.list = @(1, $map)
        { Send-WorkerMessage -Body $map -Any -ErrorAction Stop } | Should -Throw '*$.list`[1`]*'
    }

    It '32 levels arrive' {
        $body = (Get-Echo (Get-Nest 32)).Body
        $depth = 1
        while ($body.Length) { $depth++; $body = $body[0] }
        $depth | Should -Be 32
    }

    It '33 levels are refused, and the error names the path' {
        $nest = Get-Nest 33
        { Send-WorkerMessage -Body $nest -Any -ErrorAction Stop } | Should -Throw "*`$$('`[0`]' * 32)*" -ErrorId 'BodyNotSerializable,*'
    }

    It 'a list that fails while it is read is refused' {
        $list = [System.Collections.Concurrent.BlockingCollection[int]]::new()
        $list.Dispose()
        { Send-WorkerMessage -Body $list -Any -ErrorAction Stop } | Should -Throw -ErrorId 'BodyNotSerializable,*'
    }

    It 'nothing of a refused message has been sent' {
        (Get-Echo 'the next').Body | Should -Be 'the next'
        Receive-WorkerMessage | Should -BeNullOrEmpty
    }
}
