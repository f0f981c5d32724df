# The project's own runner must never call a failure a pass. Under real Pester there is nothing to prove.

BeforeDiscovery {
    $realPester = [bool] (Get-Module Pester)
}

BeforeAll {
    function Invoke-Text([string] $Text, [hashtable] $Options = @{}) {
        $path = Join-Path $TestDrive "inner-$([guid]::NewGuid().ToString('N')).Tests.ps1"
        Set-Content -LiteralPath $path -Value $Text
        Invoke-Spec -Path $path -Quiet @Options
    }
}

Describe 'The spec runner' -Skip:$realPester {
    It 'counts <passed> passed, <failed> failed, <skipped> skipped of: <text>' -ForEach @(
        @{ passed = 1; failed = 0; skipped = 0; text = 'Describe d { It t { 1 | Should -Be 1 } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { 1 | Should -Be 2 } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { throw "x" } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { 1 | Should -BeLucky } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { { throw "a" } | Should -Not -Throw "b" } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { 1 | Should } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { 1 | Should -Be } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { Mock Get-Date { } } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { Should -Invoke Get-Date } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { It u { } } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'It t { }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { throw "at discovery"; It t { } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t { ' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d -Unknown { It t { } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { It t -ForEach @() { } }' }
        @{ passed = 0; failed = 3; skipped = 0; text = 'Describe d { BeforeAll { throw "x" }; It t { }; Context c { It u { } } }' }
        @{ passed = 1; failed = 1; skipped = 0; text = 'Describe d { AfterAll { throw "x" }; It t { } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { BeforeEach { throw "x" }; It t { } }' }
        @{ passed = 0; failed = 1; skipped = 0; text = 'Describe d { AfterEach { throw "x" }; It t { } }' }
        @{ passed = 0; failed = 0; skipped = 2; text = 'Describe d -Skip { BeforeAll { throw "x" }; It t { }; It u { throw "y" } }' }
        @{ passed = 1; failed = 0; skipped = 1; text = 'Describe d { It t -Skip { throw "x" }; It u { } }' }
        @{ passed = 0; failed = 0; skipped = 1; text = 'Describe d { It t { Set-ItResult -Skipped -Because "of this"; throw "x" } }' }
        @{ passed = 0; failed = 0; skipped = 1; text = 'Describe d { It t { Set-ItResult -Inconclusive } }' }
        @{ passed = 3; failed = 0; skipped = 0; text = 'Describe d -ForEach 1, 2, 3 { It t { $_ | Should -BeIn 1, 2, 3 } }' }
        @{ passed = 0; failed = 0; skipped = 0; text = '' }
    ) {
        $result = Invoke-Text $text
        "$($result.Passed) $($result.Failed) $($result.Skipped)" | Should -Be "$passed $failed $skipped"
    }

    It 'tells the line of a failure' {
        $result = Invoke-Text "Describe d {`n    It t {`n        1 | Should -Be 2`n    }`n}"
        $result.Failures[0].Place | Should -BeLike '*.Tests.ps1:3'
        $result.Failures[0].Name | Should -Be 'd.t'
    }

    It 'selects by name and by tag' {
        $text = 'Describe d { It one -Tag fast { }; It two -Tag slow { }; Context c -Tag slow { It three { } } }'
        (Invoke-Text $text @{ Filter = 'd.one' }).Passed | Should -Be 1
        (Invoke-Text $text @{ Filter = 'd.c.*' }).Passed | Should -Be 1
        (Invoke-Text $text @{ Tag = 'slow' }).Passed | Should -Be 2
        (Invoke-Text $text @{ ExcludeTag = 'slow' }).Passed | Should -Be 1
    }
}

Describe 'Scopes of a spec file' {
    BeforeDiscovery {
        $cases = @{ name = 'a'; inner = @{ deep = 1 } }, @{ name = 'b'; inner = @{ deep = 2 } }
    }

    BeforeAll {
        $outer = 'outer'
        $log = [System.Collections.Generic.List[string]]::new()
        function Get-Outer { $outer }
    }

    BeforeEach {
        $log.Add('outer before')
        $each = 'each'
    }

    AfterEach {
        $log.Add('outer after')
    }

    It 'shows the variables and functions of BeforeAll to a test' {
        $outer | Should -Be 'outer'
        Get-Outer | Should -Be 'outer'
        $each | Should -Be 'each'
        $outer = 'changed'
        $outer | Should -Be 'changed'
    }

    It 'keeps the variables of a test to itself' {
        $outer | Should -Be 'outer'
    }

    It 'knows where it lies' {
        $PSScriptRoot | Should -Exist
        $PSCommandPath | Should -BeLike '*SpecRunner.Tests.ps1'
    }

    It 'gives case <name> with <inner.deep>' -ForEach $cases {
        $name | Should -BeIn 'a', 'b'
        $inner.deep | Should -BeGreaterThan 0
        $_.name | Should -Be $name
    }

    Context 'a block inside' {
        BeforeAll {
            $log.Clear()
            $inside = "$outer and inside"
            New-Item (Join-Path $TestDrive 'made.txt') -ItemType File | Out-Null
        }

        BeforeEach {
            $log.Add('inner before')
        }

        AfterEach {
            $log.Add('inner after')
        }

        It 'sees the outer block' {
            $inside | Should -Be 'outer and inside'
            $log -join ', ' | Should -Be 'outer before, inner before'
            Join-Path $TestDrive 'made.txt' | Should -Exist
        }

        It 'cleans up from the inside out' {
            $log -join ', ' | Should -Be 'outer before, inner before, inner after, outer after, outer before, inner before'
        }
    }

    It 'has gone from the block inside' {
        Test-Path Variable:inside | Should -BeFalse
        Join-Path $TestDrive 'made.txt' | Should -Not -Exist
    }
}

Describe 'Should' {
    It 'compares lists element by element' {
        @(1, 2) | Should -Be @(1, 2)
        @(1, 2) | Should -Not -Be @(2, 1)
        @(1, @(2, 3)) | Should -Be @(1, @(2, 3))
        @() | Should -Be @()
        @() | Should -Be $null
        1 | Should -Be '1'
        'a' | Should -Be 'A'
        'a' | Should -Not -BeExactly 'A'
    }

    It 'knows nothing from something' {
        $null | Should -BeNullOrEmpty
        '' | Should -BeNullOrEmpty
        @() | Should -BeNullOrEmpty
        @{} | Should -BeNullOrEmpty
        0 | Should -Not -BeNullOrEmpty
        @(1, 2) | Should -Not -BeNullOrEmpty
        @() | Should -HaveCount 0
        @(1, 2) | Should -HaveCount 2
        'a' | Should -HaveCount 1
    }

    It 'asks each object that is piped' {
        1, 2, 3 | Should -BeGreaterThan 0
        { 1, 2, 0 | Should -BeGreaterThan 0 } | Should -Throw
        1, 2, 3 | Should -BeOfType [int]
        'a' | Should -BeOfType string
        'abc' | Should -BeLike 'A*'
        'abc' | Should -Not -BeLikeExactly 'A*'
        'abc' | Should -Match '^A'
        'abc' | Should -Not -MatchExactly '^A'
        1, 2 | Should -Contain 2
        2 | Should -BeIn 1, 2
        $true | Should -BeTrue
        $null | Should -BeFalse
        1 | Should -BeLessThan 2
        2 | Should -BeLessOrEqual 2
        2 | Should -BeGreaterOrEqual 2
    }

    It 'looks at what is thrown' {
        { throw 'boom' } | Should -Throw
        { throw 'boom' } | Should -Throw 'bo*'
        { throw 'boom' } | Should -Throw -ExpectedMessage 'boom'
        { 1 } | Should -Not -Throw
        { Get-Item ./no-such-file -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
        { [int]::Parse('x') } | Should -Throw -ExceptionType ([System.Management.Automation.MethodInvocationException])
        $thrown = { throw 'boom' } | Should -Throw -PassThru
        $thrown.Exception.Message | Should -Be 'boom'
        { { throw 'boom' } | Should -Throw 'other' } | Should -Throw
        { { throw 'boom' } | Should -Not -Throw } | Should -Throw
        { { 1 } | Should -Throw } | Should -Throw
    }
}
