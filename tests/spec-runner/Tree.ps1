# The tree of blocks and tests that discovery builds.

function New-SpecBlock([string] $Name, $Parent) {
    [pscustomobject]@{
        Kind       = 'Block'
        Name       = $Name
        Title      = $Name
        Parent     = $Parent
        IsRoot     = $false
        Tag        = @()
        Skip       = $false
        Selected   = $false
        Case       = @{}
        BeforeAll  = $null
        AfterAll   = $null
        BeforeEach = $null
        AfterEach  = $null
        Children   = [System.Collections.Generic.List[object]]::new()
        Entries    = @()
    }
}

function New-SpecTest([string] $Name, [scriptblock] $Body, $Parent, [string[]] $Tag, [bool] $Skip, $Case) {
    [pscustomobject]@{
        Kind     = 'Test'
        Name     = $Name
        Title    = $Name
        Parent   = $Parent
        Body     = $Body
        Tag      = $Tag
        Skip     = $Skip
        Selected = $false
        Case     = $Case
    }
}

function Get-DiscoveryBlock([string] $Word) {
    if (-not $script:discovery) {
        throw "$Word is not allowed here: blocks and tests are declared at discovery, not while a test runs."
    }
    $script:discovery.Block
}

# Declares one block for each case, and runs its body for what it declares.
function Add-SpecBlock([string] $Word, $Bound) {
    $parent = Get-DiscoveryBlock $Word
    foreach ($case in Get-SpecCase $Bound) {
        $block = New-SpecBlock -Name $Bound['Name'] -Parent $parent
        $block.Tag = $Bound['Tag']
        $block.Skip = [bool] $Bound['Skip']
        $block.Case = $case
        $parent.Children.Add($block)
        $script:discovery.Block = $block
        try {
            Invoke-InState $script:discovery.State {
                param($__SetData, $__Case, $__Fixture)
                & {
                    if ($__Case.ContainsKey('Value')) {
                        $_ = $__Case.Value
                    }
                    . $__SetData $__Case
                    $null = . $__Fixture
                }
            } $script:code.SetData, $case, $Bound['Fixture']
        }
        finally {
            $script:discovery.Block = $parent
        }
    }
}

# The cases of -ForEach: a box for each, or one empty box when there is no -ForEach.
function Get-SpecCase($Bound) {
    if (-not $Bound.ContainsKey('ForEach')) {
        return @{}
    }
    $cases = @($Bound['ForEach'])
    if ($null -eq $Bound['ForEach'] -or $cases.Count -eq 0) {
        throw "-ForEach of '$($Bound['Name'])' is null or empty."
    }
    foreach ($value in $cases) {
        @{ Value = $value }
    }
}

function Set-SpecCode([string] $Word, [scriptblock] $Code) {
    $block = Get-DiscoveryBlock $Word
    if ($block.$Word) {
        throw "$Word is already defined in this block."
    }
    $block.$Word = $Code
}

# Marks what is to run: tests by name and tag, blocks that hold a selected test.
function Select-SpecTest($Item, [hashtable] $Selection, [string] $Path = '', [string[]] $Tag = @()) {
    $name = if ($Path) { "$Path.$($Item.Name)" } else { $Item.Name }
    $tags = @($Tag) + @($Item.Tag)
    if ($Item.Kind -eq 'Test') {
        $Item.Selected = (-not $Selection.Filter -or @($Selection.Filter | Where-Object { $name -like $_ }).Count -gt 0) -and
            (-not $Selection.Tag -or @($tags | Where-Object { $_ -in $Selection.Tag }).Count -gt 0) -and
            (-not $Selection.ExcludeTag -or @($tags | Where-Object { $_ -in $Selection.ExcludeTag }).Count -eq 0)
        $Item.Skip = $Item.Skip -or $Item.Parent.Skip
        return
    }
    if ($Item.Parent) {
        $Item.Skip = $Item.Skip -or $Item.Parent.Skip
    }
    foreach ($child in $Item.Children) {
        Select-SpecTest $child $Selection $name $tags
        $Item.Selected = $Item.Selected -or $child.Selected
    }
}

# Whether anything in the block really runs: a block whose tests are all skipped sets nothing up.
function Test-SpecRuns($Item) {
    if ($Item.Kind -eq 'Test') {
        return $Item.Selected -and -not $Item.Skip
    }
    foreach ($child in $Item.Children) {
        if (Test-SpecRuns $child) {
            return $true
        }
    }
    $false
}

# BeforeEach from the outermost block to the innermost, AfterEach the other way.
function Get-SpecEach($Test, [string] $Word) {
    $codes = [System.Collections.Generic.List[object]]::new()
    for ($block = $Test.Parent; $block; $block = $block.Parent) {
        if ($block.$Word) {
            $codes.Add($block.$Word)
        }
    }
    if ($Word -eq 'BeforeEach') {
        $codes.Reverse()
    }
    , $codes.ToArray()
}
