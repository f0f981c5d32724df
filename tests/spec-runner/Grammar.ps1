# The words of a spec file. Blocks run at discovery; all other code is kept for the run.

function Describe {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Mandatory, Position = 1)] [scriptblock] $Fixture,
        [string[]] $Tag,
        [Alias('TestCases')] $ForEach,
        [switch] $Skip
    )
    Add-SpecBlock -Word Describe -Bound $PSBoundParameters
}

function Context {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Mandatory, Position = 1)] [scriptblock] $Fixture,
        [string[]] $Tag,
        [Alias('TestCases')] $ForEach,
        [switch] $Skip
    )
    Add-SpecBlock -Word Context -Bound $PSBoundParameters
}

function It {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Mandatory, Position = 1)] [scriptblock] $Test,
        [Alias('TestCases')] $ForEach,
        [string[]] $Tag,
        [switch] $Skip
    )
    $block = Get-DiscoveryBlock It
    if ($block.IsRoot) {
        throw 'It is only allowed inside Describe or Context.'
    }
    foreach ($case in Get-SpecCase $PSBoundParameters) {
        $block.Children.Add((New-SpecTest -Name $Name -Body $Test -Parent $block -Tag $Tag -Skip $Skip -Case $case))
    }
}

function BeforeDiscovery {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [scriptblock] $ScriptBlock)

    $null = Get-DiscoveryBlock BeforeDiscovery
    . $ScriptBlock
}

function BeforeAll {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock)

    Set-SpecCode BeforeAll $Scriptblock
}

function AfterAll {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock)

    Set-SpecCode AfterAll $Scriptblock
}

function BeforeEach {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock)

    Set-SpecCode BeforeEach $Scriptblock
}

function AfterEach {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock)

    Set-SpecCode AfterEach $Scriptblock
}

function Set-ItResult {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Inconclusive')] [switch] $Inconclusive,
        [Parameter(Mandatory, ParameterSetName = 'Skipped')] [switch] $Skipped,
        [string] $Because
    )
    if (-not $script:running -or -not $script:running.Test) {
        throw 'Set-ItResult is only allowed inside It.'
    }
    $message = if ($Inconclusive) { 'is inconclusive' } else { 'is skipped' }
    if ($Because) {
        $message += ", because $Because"
    }
    $exception = [System.Exception]::new($message)
    throw [System.Management.Automation.ErrorRecord]::new($exception, 'SpecTestSkipped', 'InvalidResult', $null)
}
