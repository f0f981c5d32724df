# Should: the assertion. A parameter that is not here makes the test fail, as an unknown one must.

function Should {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)] [Alias('ExpectedMessage', 'ExpectedType', 'RegularExpression')] $ExpectedValue,
        [Parameter(ValueFromPipeline)] $ActualValue,
        [switch] $Not,
        [string] $Because,
        [switch] $Be, [switch] $BeExactly, [switch] $BeNullOrEmpty, [switch] $BeTrue, [switch] $BeFalse,
        [switch] $BeGreaterThan, [switch] $BeGreaterOrEqual, [switch] $BeLessThan, [switch] $BeLessOrEqual,
        [switch] $BeLike, [switch] $BeLikeExactly, [switch] $Match, [switch] $MatchExactly,
        [switch] $Contain, [switch] $BeIn, [switch] $HaveCount, [switch] $BeOfType, [switch] $Exist,
        [switch] $Throw, [string] $ErrorId, [type] $ExceptionType, [switch] $PassThru
    )
    begin {
        $piped = [System.Collections.Generic.List[object]]::new()
        $isPiped = $MyInvocation.ExpectingInput
        $chosen = @(@($script:operators.Keys) + 'Throw' | Where-Object { $PSBoundParameters.ContainsKey($_) -and $PSBoundParameters[$_] })
        if ($chosen.Count -ne 1) {
            throw "Should needs exactly one operator; it has $($chosen.Count): $($chosen -join ', ')."
        }
        $operator = $chosen[0]
        if ($operator -ne 'Throw' -and ($ErrorId -or $ExceptionType -or $PassThru)) {
            throw "Should -$operator does not take -ErrorId, -ExceptionType or -PassThru."
        }
        $hasExpected = $PSBoundParameters.ContainsKey('ExpectedValue')
    }
    process {
        if ($isPiped) {
            $piped.Add($ActualValue)
        }
    }
    end {
        $reason = if ($Because) { ", because $Because," } else { '' }
        if ($operator -eq 'Throw') {
            $block = if ($isPiped -and $piped.Count -eq 1) { $piped[0] } else { $ActualValue }
            Assert-Throw -Block $block -Not $Not -Reason $reason -Message $ExpectedValue -ErrorId $ErrorId -ExceptionType $ExceptionType -PassThru $PassThru
            return
        }
        $rule = $script:operators[$operator]
        if (-not $rule.Unary -and -not $hasExpected) {
            throw "Should -$operator needs a value."
        }
        if ($rule.Unary -and $hasExpected) {
            throw "Should -$operator takes no value."
        }
        # A list of the values to ask; a list that is asked as a whole is one of them.
        $values = [System.Collections.Generic.List[object]]::new()
        if (-not $isPiped) {
            $values.Add($ActualValue)
        }
        elseif ($piped.Count -eq 0) {
            $values.Add($null)
        }
        elseif ($rule.List) {
            $values.Add($piped.ToArray())
        }
        else {
            $values.AddRange($piped)
        }
        foreach ($value in $values) {
            $holds = [bool] (& $rule.Test $value $ExpectedValue)
            if ($holds -eq [bool] $Not) {
                $shown = if ($rule.List -and $isPiped -and $piped.Count -eq 1) { $piped[0] } else { $value }
                $negation = if ($Not) { ' not' } else { '' }
                $target = if ($rule.Unary) { '' } else { " $(Format-SpecValue $ExpectedValue)" }
                Stop-Assertion "Expected$negation to $($rule.Text)$target$reason but got $(Format-SpecValue $shown)."
            }
        }
    }
}

function Stop-Assertion([string] $Message) {
    $exception = [System.Exception]::new($Message)
    throw [System.Management.Automation.ErrorRecord]::new($exception, 'SpecAssertionFailed', 'InvalidResult', $null)
}

function Assert-Throw($Block, [bool] $Not, [string] $Reason, $Message, [string] $ErrorId, [type] $ExceptionType, [bool] $PassThru) {
    if ($Block -isnot [scriptblock]) {
        throw 'Should -Throw needs a script block: { ... } | Should -Throw'
    }
    $caught = $null
    try {
        do { $null = & $Block } until ($true)
    }
    catch {
        $caught = $_
    }
    $wanted = @(
        if ($Message) { "with a message like '$Message'" }
        if ($ErrorId) { "with the error id '$ErrorId'" }
        if ($ExceptionType) { "of the type [$ExceptionType]" }
    ) -join ', '
    # As in Pester, -Not means that nothing at all is thrown.
    $matched = $null -ne $caught -and
        ($Not -or -not $Message -or $caught.Exception.Message -like $Message) -and
        ($Not -or -not $ErrorId -or $caught.FullyQualifiedErrorId -like $ErrorId) -and
        ($Not -or -not $ExceptionType -or $caught.Exception -is $ExceptionType)
    if ($matched -eq $Not) {
        $negation = if ($Not) { 'no exception' } else { 'an exception' }
        $got = if ($caught) { "'$($caught.Exception.Message)' ($($caught.FullyQualifiedErrorId), [$($caught.Exception.GetType())])" } else { 'none' }
        Stop-Assertion "Expected $negation $wanted to be thrown$Reason but got $got."
    }
    if ($PassThru) {
        $caught
    }
}
