# What arrives is what was sent: every row of the table of types, there and back through a real worker.
# The worker says in the topic what type it got, so both directions are seen.

BeforeDiscovery {
    $emoji = [char]::ConvertFromUtf32(0x1F600)
    $big = [bigint]::Parse('9' * 400)

    # Rows whose value arrives as it was sent.
    $same = @(
        @{ name = 'null'; value = $null }
        @{ name = 'true'; value = $true }
        @{ name = 'false'; value = $false }
        @{ name = 'the empty text'; value = '' }
        @{ name = 'a text'; value = 'Hello, world' }
        @{ name = 'a text with every escape of JSON'; value = "`"\/`b`f`n`r`t`v`a`e" }
        @{ name = 'a text with NUL'; value = "a`0b" }
        @{ name = 'all control characters'; value = -join [char[]] (0..31 + 127..159) }
        @{ name = 'a text outside the first plane'; value = "$emoji and $emoji" }
        @{ name = 'a text in many scripts'; value = "$([char] 0xDF)$([char] 0x416)$([char] 0x5D0)$([char] 0x4F60)$([char] 0x2028)$([char] 0xFEFF)e$([char] 0x301)" }
        @{ name = 'a text that looks like a date'; value = '2024-02-29T12:00:00Z' }
        @{ name = 'a text that looks like JSON'; value = '{"$type":"System.Object"}' }
        @{ name = 'a long text'; value = 'x' * 100000 }
        @{ name = 'zero'; value = 0 }
        @{ name = 'the largest int'; value = [int]::MaxValue }
        @{ name = 'the smallest int'; value = [int]::MinValue }
        @{ name = 'a long'; value = [int]::MaxValue + 1L }
        @{ name = 'the smallest long'; value = [long]::MinValue }
        @{ name = 'a bigint'; value = [bigint] [long]::MaxValue + 1 }
        @{ name = 'a bigint of 400 digits'; value = - $big }
        @{ name = 'a double'; value = 1.5 }
        @{ name = 'a double without a fraction'; value = 1.0 }
        @{ name = 'the largest double'; value = [double]::MaxValue }
        @{ name = 'the smallest double'; value = [double]::Epsilon }
        @{ name = 'a double of 17 digits'; value = 0.1 + 0.2 }
        @{ name = 'minus zero'; value = -0.0 }
        @{ name = 'NaN'; value = [double]::NaN }
        @{ name = 'infinity'; value = [double]::PositiveInfinity }
        @{ name = 'minus infinity'; value = [double]::NegativeInfinity }
        @{ name = 'a float'; value = [float] 0.1 }
        @{ name = 'a float without a fraction'; value = [float] 2 }
        @{ name = 'a float that is NaN'; value = [float]::NaN }
        @{ name = 'a float that is infinity'; value = [float]::PositiveInfinity }
        @{ name = 'a decimal'; value = 1.10d }
        @{ name = 'the largest decimal'; value = [decimal]::MaxValue }
        @{ name = 'a UTC time'; value = [datetime]::new(2024, 2, 29, 23, 59, 59, [System.DateTimeKind]::Utc).AddTicks(1234567) }
        @{ name = 'a local time'; value = [datetime]::new(2024, 7, 1, 12, 0, 0, [System.DateTimeKind]::Local) }
        @{ name = 'a time of no kind'; value = [datetime]::new(2024, 7, 1, 12, 0, 0) }
        @{ name = 'the first time'; value = [datetime]::MinValue }
        @{ name = 'the last time'; value = [datetime]::MaxValue }
        @{ name = 'a time with an offset'; value = [System.DateTimeOffset]::new(2024, 2, 29, 1, 2, 3, [timespan]::FromMinutes(-210)) }
        @{ name = 'a time span'; value = [timespan]::new(1, 2, 3, 4, 5) }
        @{ name = 'the smallest time span'; value = [timespan]::MinValue }
        @{ name = 'a date'; value = [System.DateOnly]::new(2024, 2, 29) }
        @{ name = 'a time of day'; value = [System.TimeOnly]::new(863999999999) }
        @{ name = 'a guid'; value = [guid] '0f8fad5b-d9cb-469f-a165-70867728950e' }
        @{ name = 'a uri'; value = [uri] 'https://example.org/a%20b?c=%C3%9F#d' }
        @{ name = 'a relative uri'; value = [uri]::new('a/b?c', [System.UriKind]::Relative) }
        @{ name = 'a version'; value = [version] '1.2.3.4' }
        @{ name = 'a version of two numbers'; value = [version] '1.0' }
        @{ name = 'a semantic version'; value = [semver] '7.4.0-preview.1+build.5' }
        @{ name = 'a character'; value = [char] 'x' }
        @{ name = 'half a surrogate pair as a character'; value = [char] 0xD800 }
        @{ name = 'bytes'; value = [byte[]] (0..255) }
        @{ name = 'no bytes'; value = [byte[]]::new(0) }
    )

    # Rows whose value arrives as another one.
    $changed = @(
        @{ name = 'a byte'; value = [byte] 255; expected = 255 }
        @{ name = 'a signed byte'; value = [sbyte] -128; expected = -128 }
        @{ name = 'a short'; value = [int16] -5; expected = -5 }
        @{ name = 'an unsigned short'; value = [uint16] 65535; expected = 65535 }
        @{ name = 'an unsigned int that fits'; value = [uint32] 7; expected = 7 }
        @{ name = 'an unsigned int that does not'; value = [uint32]::MaxValue; expected = 4294967295L }
        @{ name = 'a long that fits an int'; value = 5L; expected = 5 }
        @{ name = 'an unsigned long that fits'; value = [uint64] 8; expected = 8 }
        @{ name = 'an unsigned long that does not'; value = [uint64]::MaxValue; expected = [bigint]::Parse('18446744073709551615') }
        @{ name = 'a bigint that fits an int'; value = [bigint] 9; expected = 9 }
        @{ name = 'a bigint that fits a long'; value = [bigint] [long]::MinValue; expected = [long]::MinValue }
        @{ name = 'an enum'; value = [System.DayOfWeek]::Friday; expected = 'Friday' }
        @{ name = 'flags'; value = [System.IO.FileAttributes] 'ReadOnly, Hidden'; expected = 'ReadOnly, Hidden' }
        @{ name = 'an enum of a script'; value = (& { enum Colour { Red; Green }; [Colour]::Green }); expected = 'Green' }
        @{ name = 'a script block'; value = { param($x) $x * 2 }; expected = ' param($x) $x * 2 ' }
        @{ name = 'a switch'; value = [switch] $true; expected = $true }
        @{ name = 'a null of a database'; value = [System.DBNull]::Value; expected = $null }
        @{ name = 'a text with properties'; value = ('line' | Add-Member NoteProperty ReadCount 3 -PassThru); expected = 'line' }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/Files/Fidelity.psm1"
    $cluster = Start-EchoCluster
}

AfterAll {
    $cluster | Stop-ClusterMaster
    Assert-NothingLeft
}

Describe 'Fidelity: <name>' -ForEach $same {
    It 'arrives as it is' {
        $echo = Get-Echo $value
        Assert-Same $echo.Body $value
        $echo.Topic | Should -Be ($null -eq $value ? 'null' : $value.GetType().FullName)
    }

    It 'arrives as it is in an array' {
        $body = (Get-Echo @($value, @(, $value))).Body
        Assert-Same $body[0] $value
        Assert-Same $body[1][0] $value
    }

    It 'arrives as it is in a map' {
        $body = (Get-Echo @{ key = $value; inner = [pscustomobject]@{ list = @(, $value) } }).Body
        Assert-Same $body.key $value
        Assert-Same $body.inner.list[0] $value
    }
}

Describe 'Fidelity: <name>' -ForEach $changed {
    It 'arrives as the value of the table' {
        $echo = Get-Echo $value
        Assert-Same $echo.Body $expected
        $echo.Topic | Should -Be ($null -eq $expected ? 'null' : $expected.GetType().FullName)
    }

    It 'arrives so in an array' {
        Assert-Same (Get-Echo @(, $value)).Body[0] $expected
    }

    It 'arrives so in a map' {
        Assert-Same (Get-Echo @{ key = $value }).Body.key $expected
    }
}

Describe 'Fidelity: the culture' {
    It 'does not matter: numbers and times arrive under one with commas' {
        $before = [cultureinfo]::CurrentCulture
        try {
            try {
                [cultureinfo]::CurrentCulture = [cultureinfo]::GetCultureInfo('de-DE')
            }
            catch [System.Globalization.CultureNotFoundException] {
                Set-ItResult -Skipped -Because 'this machine has no cultures'
            }
            $there = Start-EchoCluster
            try {
                foreach ($value in 1.5, 1234567.25d, [float] 0.5, [datetime]::new(2024, 12, 31), [timespan]::FromSeconds(1.5), @(1.5, 2)) {
                    Assert-SameShape (Get-Echo $value $there).Body $value
                }
            }
            finally {
                $there | Stop-ClusterMaster
            }
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }
}
