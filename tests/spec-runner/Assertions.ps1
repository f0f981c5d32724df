# What each operator of Should means. Each takes the actual and the expected value and returns whether it holds.

$script:operators = @{
    # Take all that is piped as one list.
    Be                 = @{ List = $true; Text = 'be'; Test = { param($Actual, $Expected) Test-SameList $Actual $Expected $false } }
    BeExactly          = @{ List = $true; Text = 'be exactly'; Test = { param($Actual, $Expected) Test-SameList $Actual $Expected $true } }
    BeNullOrEmpty      = @{ List = $true; Unary = $true; Text = 'be null or empty'; Test = { param($Actual) Test-NullOrEmpty $Actual } }
    Contain            = @{ List = $true; Text = 'contain'; Test = { param($Actual, $Expected) @($Actual) -contains $Expected } }
    HaveCount          = @{ List = $true; Text = 'have the count'; Test = { param($Actual, $Expected) $(if ($null -eq $Actual) { 0 } else { @($Actual).Count }) -eq [int] $Expected } }
    # Are asked of each object that is piped.
    BeTrue             = @{ Unary = $true; Text = 'be true'; Test = { param($Actual) [bool] $Actual } }
    BeFalse            = @{ Unary = $true; Text = 'be false'; Test = { param($Actual) -not $Actual } }
    BeGreaterThan      = @{ Text = 'be greater than'; Test = { param($Actual, $Expected) $Actual -gt $Expected } }
    BeGreaterOrEqual   = @{ Text = 'be greater than or equal to'; Test = { param($Actual, $Expected) $Actual -ge $Expected } }
    BeLessThan         = @{ Text = 'be less than'; Test = { param($Actual, $Expected) $Actual -lt $Expected } }
    BeLessOrEqual      = @{ Text = 'be less than or equal to'; Test = { param($Actual, $Expected) $Actual -le $Expected } }
    BeLike             = @{ Text = 'be like'; Test = { param($Actual, $Expected) $Actual -like $Expected } }
    BeLikeExactly      = @{ Text = 'be like exactly'; Test = { param($Actual, $Expected) $Actual -clike $Expected } }
    Match              = @{ Text = 'match'; Test = { param($Actual, $Expected) $Actual -match $Expected } }
    MatchExactly       = @{ Text = 'match exactly'; Test = { param($Actual, $Expected) $Actual -cmatch $Expected } }
    BeIn               = @{ Text = 'be in'; Test = { param($Actual, $Expected) @($Expected) -contains $Actual } }
    BeOfType           = @{ Text = 'be of type'; Test = { param($Actual, $Expected) $Actual -is (Get-ExpectedType $Expected) } }
    Exist              = @{ Unary = $true; Text = 'exist'; Test = { param($Actual) Test-Path -Path $Actual } }
}

function Get-ExpectedType($Expected) {
    if ($Expected -is [type]) {
        return $Expected
    }
    $name = "$Expected".Trim('[', ']')
    $type = $name -as [type]
    if (-not $type) {
        throw "The type [$name] of Should -BeOfType does not exist."
    }
    $type
}

function Test-NullOrEmpty($Actual) {
    if ($null -eq $Actual) {
        return $true
    }
    $items = @($Actual)
    if ($items.Count -eq 0) {
        return $true
    }
    if ($items.Count -gt 1) {
        return $false
    }
    if ($items[0] -is [System.Collections.IDictionary]) {
        return $items[0].Count -eq 0
    }
    [string]::IsNullOrEmpty($items[0])
}

# Whether two values are the same, element by element; nothing, null and an empty list are one and the same.
function Test-SameList($Actual, $Expected, [bool] $Exactly) {
    $ours = @($Actual)
    $theirs = @($Expected)
    $noneOurs = Test-NullList $ours
    $noneTheirs = Test-NullList $theirs
    if ($noneOurs -or $noneTheirs) {
        return $noneOurs -and $noneTheirs
    }
    if ($ours.Count -ne $theirs.Count) {
        return $false
    }
    for ($i = 0; $i -lt $ours.Count; $i++) {
        $same = if ((Test-List $ours[$i]) -or (Test-List $theirs[$i])) {
            Test-SameList $ours[$i] $theirs[$i] $Exactly
        }
        elseif ($Exactly) {
            $theirs[$i] -ceq $ours[$i]
        }
        else {
            $theirs[$i] -eq $ours[$i]
        }
        if (-not $same) {
            return $false
        }
    }
    $true
}

function Test-List($Value) {
    $Value -is [System.Collections.ICollection] -and $Value -isnot [System.Collections.IDictionary]
}

function Test-NullList([object[]] $Items) {
    $Items.Count -eq 0 -or ($Items.Count -eq 1 -and $null -eq $Items[0])
}

function Format-SpecValue($Value) {
    if ($null -eq $Value) {
        return '$null'
    }
    if ($Value -is [string]) {
        return "'$Value'"
    }
    if ($Value -is [type]) {
        return "[$Value]"
    }
    if (Test-List $Value) {
        $shown = foreach ($item in $Value) { Format-SpecValue $item }
        return "@($($shown -join ', '))"
    }
    "[$($Value.GetType().Name)] $Value"
}
