<#
.SYNOPSIS
    Which conventions each command of the checkout's module meets; docs/conventions.md is its table.
.DESCRIPTION
    Reads the built module as a session sees it: its commands, its help and its views. Only the error ids are read from the sources.

    A convention that is met is 'yes', one that does not apply '-', and one that is not met says what is missing: 'no: ...'.
.EXAMPLE
    ./tools/Get-CommandConvention.ps1 | Format-Table
.EXAMPLE
    ./tools/Get-CommandConvention.ps1 -AsMarkdown | Set-Content docs/conventions.md
#>
[CmdletBinding()]
param(
    # Writes docs/conventions.md instead of objects.
    [switch] $AsMarkdown
)

$ErrorActionPreference = 'Stop'
$root = [System.IO.Path]::GetFullPath("$PSScriptRoot/..")
Import-Module "$root/module/Cluster.psd1"

# What changes something is confirmed, by these verbs at least.
$changingVerbs = 'Remove', 'Restart', 'Set', 'Stop'
$notChanging = @{ 'Set-WorkerReady' = 'tells the master what is the case' }

$approvedVerbs = @(Get-Verb | ForEach-Object Verb)
$implicitParameters = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
$errorPage = Join-Path $root 'docs/errors.md'
$knownIds = @(if (Test-Path -LiteralPath $errorPage) { [regex]::Matches([System.IO.File]::ReadAllText($errorPage), '\b[A-Z][A-Za-z]+\b').Value | Select-Object -Unique })

# 'yes', or what is missing.
function Format-Verdict([object[]] $Missing) {
    $Missing = @($Missing | Where-Object { $_ })
    $Missing ? "no: $($Missing -join ', ')" : 'yes'
}

function Get-ElementType([type] $Type) {
    if ($Type.IsArray) { $Type = $Type.GetElementType() }
    [System.Nullable]::GetUnderlyingType($Type) ?? $Type
}

function Test-Name($Command) {
    Format-Verdict @(
        if ($Command.Verb -notin $approvedVerbs) { "the verb $($Command.Verb) is not approved" }
        if ($Command.Noun -cmatch '[^s]s$') { "the noun $($Command.Noun) is a plural" }
    )
}

function Test-Help($Command, $Help) {
    Format-Verdict @(
        # Without help, PowerShell gives the syntax as the synopsis.
        if (-not $Help.Synopsis -or "$($Help.Synopsis)".Trim() -match "^$($Command.Name)\b") { 'synopsis' }
        if (-not "$($Help.description.Text)".Trim()) { 'description' }
        foreach ($name in $Command.Parameters.Keys | Where-Object { $_ -notin $implicitParameters }) {
            $text = ($Help.parameters.parameter | Where-Object name -EQ $name | Select-Object -First 1).description.Text
            if (-not "$text".Trim()) { "-$name" }
        }
        if (-not "$($Help.inputTypes.inputType.type.name)".Trim()) { 'inputs' }
        if (-not "$($Help.returnValues.returnValue.type.name)".Trim()) { 'outputs' }
        if (-not "$($Help.alertSet.alert.Text)".Trim()) { 'notes' }
    )
}

function Test-Example($Help) {
    $count = @($Help.examples.example | Where-Object { "$($_.code)".Trim() }).Count
    $count -ge 2 ? 'yes' : "no: $count of 2"
}

# The shell completes enumerations, switches and paths by itself. A name of something that exists needs a completer.
function Test-Completion($Command) {
    $parameters = @($Command.Parameters.Values | Where-Object Name -NotIn $implicitParameters)
    $named = @($parameters | Where-Object {
        $type = Get-ElementType $_.ParameterType
        $type.Namespace -eq 'Cluster.Binding' -or ($type -eq [string] -and $_.Attributes.Where{ $_ -is [SupportsWildcards] })
    })
    if (-not $named -and -not ($parameters | Where-Object { (Get-ElementType $_.ParameterType).IsEnum })) { return '-' }
    Format-Verdict @($named | Where-Object { -not $_.Attributes.Where{ $_ -is [ArgumentCompleter] -or $_ -is [ValidateSet] } } | ForEach-Object { "-$($_.Name)" })
}

function Test-WhatIf($Command) {
    if ($Command.Parameters.ContainsKey('WhatIf')) { return 'yes' }
    if ($Command.Verb -notin $changingVerbs) { return '-' }
    $notChanging.ContainsKey($Command.Name) ? "- ($($notChanging[$Command.Name]))" : 'no: SupportsShouldProcess'
}

function Test-OutputType($Command, $Help) {
    if ($Command.OutputType) { return 'yes' }
    "$($Help.returnValues.returnValue.type.name)".Trim() -eq 'None' ? '- (none, and the help says so)' : 'no: neither a type nor "None" in the help'
}

function Test-View($Command) {
    $own = @($Command.OutputType.Type | Where-Object { $_ -and $_.Namespace -like 'Cluster.*' -and -not $_.IsEnum })
    if (-not $own) { return '-' }
    Format-Verdict @(foreach ($type in $own) {
        # A type that derives from one of PowerShell's is shown by that one's view.
        for ($name = $type; $name -and $name -ne [object]; $name = $name.BaseType) {
            if (Get-FormatData -TypeName $name.FullName -PowerShellVersion $PSVersionTable.PSVersion) { break }
        }
        if (-not $name -or $name -eq [object]) { $type.FullName }
    })
}

# The ids in the sources of the command and of the classes that it derives from.
function Test-ErrorId($Command) {
    $ids = for ($type = $Command.ImplementingType; $type.Namespace -eq 'Cluster.Commands'; $type = $type.BaseType) {
        foreach ($file in Get-ChildItem "$root/src/ClusterCmdlets/Commands" -Filter "$($type.Name)*.cs" | Where-Object Name -Match "^$($type.Name)(\.\w+)?\.cs$") {
            [regex]::Matches([System.IO.File]::ReadAllText($file.FullName), '(?<=\bClusterErrorId\.)\w+').Value
        }
    }
    $ids = @($ids | Where-Object { $_ } | Sort-Object -Unique)
    if (-not $ids) { return '-' }
    Format-Verdict @($ids | Where-Object { $_ -cnotin $knownIds })
}

$rows = foreach ($command in Get-Command -Module Cluster | Sort-Object Name) {
    $help = Get-Help $command.Name -Full
    [pscustomobject][ordered]@{
        Command    = $command.Name
        Name       = Test-Name $command
        Help       = Test-Help $command $help
        Examples   = Test-Example $help
        Completion = Test-Completion $command
        WhatIf     = Test-WhatIf $command
        OutputType = Test-OutputType $command $help
        View       = Test-View $command
        ErrorIds   = Test-ErrorId $command
    }
}
if (-not $AsMarkdown) { return $rows }

@"
# Conventions

Which conventions each command meets. Made by ``tools/Get-CommandConvention.ps1 -AsMarkdown`` from the built module; a spec fails when
this page is not what it writes, or when a convention is not met. ``-`` means that there is nothing to which it applies.

- **Name**: an approved verb and a singular noun.
- **Help**: synopsis, description, notes, inputs, outputs, and every parameter.
- **Examples**: two at least. Another spec runs them.
- **Completion**: enumerations, and names of things that exist.
- **WhatIf**: ``-WhatIf`` and ``-Confirm`` where something is changed: $($changingVerbs -join ', ').
- **OutputType**: declared; a command without output says so in its help.
- **View**: the types of the module that it writes have a view.
- **Error ids**: those in its source are in [errors.md](errors.md).

| command | name | help | examples | completion | WhatIf | OutputType | view | error ids |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"@.ReplaceLineEndings("`n") -split "`n"
foreach ($row in $rows) { "| ``$($row.Command)`` | $(@($row.PSObject.Properties.Value)[1..8] -join ' | ') |" }
