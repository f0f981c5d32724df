<#
.SYNOPSIS
    Writes the module's help (MAML) from the doc comments of its commands and the pages of examples.
.DESCRIPTION
    Run by build.ps1 after every build. Of the comment of a command's class, <summary> is the description and its first sentence the
    synopsis, <remarks> are the notes, <seealso> a related link; <output cref="..."> describes an output type that has no comment of
    its own. The summary of a property is the parameter's description, in which 'Default: ...' is the default value. The examples
    of a command are in docs/commands, in a page of its name.
#>
[CmdletBinding()]
param(
    # The DLL, with its XML file beside it.
    [Parameter(Mandatory)] [string] $Assembly,

    # The help file. The about topics are beside it.
    [Parameter(Mandatory)] [string] $Destination,

    # The folder with a page of examples for each command.
    [Parameter(Mandatory)] [string] $ExamplePath
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/HelpSource.psm1" -Force
$maml = 'http://schemas.microsoft.com/maml/2004/10'
$command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
$dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
$whatIf = 'Shows what the command would do, and does nothing.'
$confirm = 'Asks for confirmation before the command does anything.'
$common = [System.Management.Automation.Cmdlet]::CommonParameters
$comments = Import-DocComment ([System.IO.Path]::ChangeExtension($Assembly, '.xml'))

function Write-Paragraph([System.Xml.XmlWriter] $Writer, [string] $Element, [string] $Namespace, [string[]] $Text) {
    $Writer.WriteStartElement($Element, $Namespace)
    foreach ($paragraph in $Text) { $Writer.WriteElementString('para', $maml, $paragraph) }
    $Writer.WriteEndElement()
}

# The values of an enumeration with their own comments: all, or those that the parameter takes.
function Get-ValueText([type] $Type, $Property) {
    $allowed = $Property.GetCustomAttributes([System.Management.Automation.ValidateSetAttribute], $true) | ForEach-Object ValidValues
    foreach ($name in [System.Enum]::GetNames($Type)) {
        if (-not $allowed -or $name -in $allowed) {
            "- $($name): $(Get-DocComment $comments "F:$($Type.FullName).$name")".TrimEnd()
        }
    }
}

function Get-DefaultText($Property, [string] $Text, $Instance) {
    $type = $Property.PropertyType
    if ($Text -match 'Default: (.+?)\.(?:\s|$)') { return $Matches[1] }
    if ($type -eq [switch]) { return 'False' }
    $value = $Property.GetValue($Instance)
    if ($type.IsEnum -or ($type -eq [string[]] -and $value)) { return $value -join ', ' }
    'None'
}

# What is known of a parameter beside its sets.
function Get-ParameterText($Property, $Instance) {
    $type = [System.Nullable]::GetUnderlyingType($Property.PropertyType) ?? $Property.PropertyType
    $element = $type.IsArray ? $type.GetElementType() : $type
    $text = @(Get-DocComment $comments "P:$($Property.DeclaringType.FullName).$($Property.Name)")
    if ($element.IsEnum -and $text) { $text += @('The values are:', (@(Get-ValueText $element $Property) -join "`n")) }
    [pscustomobject]@{
        Name = $Property.Name
        Type = $type
        Text = $text
        Default = Get-DefaultText $Property "$text" $Instance
        IsWildcard = $Property.IsDefined([System.Management.Automation.SupportsWildcardsAttribute], $true)
    }
}

function Write-Parameter([System.Xml.XmlWriter] $Writer, $Parameter, $Known) {
    $Writer.WriteStartElement('parameter', $command)
    $Writer.WriteAttributeString('required', "$($Parameter.IsMandatory)".ToLowerInvariant())
    $Writer.WriteAttributeString('globbing', "$($Known.IsWildcard)".ToLowerInvariant())
    $Writer.WriteAttributeString('pipelineInput', $(if ($Parameter.ValueFromPipeline) { 'True (ByValue)' } else { 'False' }))
    $Writer.WriteAttributeString('position', $(if ($Parameter.Position -ge 0) { "$($Parameter.Position)" } else { 'named' }))
    $Writer.WriteAttributeString('aliases', $(if ($Parameter.Aliases) { $Parameter.Aliases -join ', ' } else { 'none' }))
    $Writer.WriteElementString('name', $maml, $Parameter.Name)
    Write-Paragraph $Writer 'description' $maml $Known.Text
    if ($Known.Type -ne [switch]) {
        $Writer.WriteStartElement('parameterValue', $command)
        $Writer.WriteAttributeString('required', 'true')
        $Writer.WriteString($Known.Type.Name)
        $Writer.WriteEndElement()
    }
    $Writer.WriteElementString('defaultValue', $dev, $Known.Default)
    $Writer.WriteEndElement()
}

# One type of the inputs or outputs, with what is said of it.
function Write-Type([System.Xml.XmlWriter] $Writer, [string] $Element, [string] $Name, [string[]] $Text) {
    $Writer.WriteStartElement($Element, $command)
    $Writer.WriteStartElement('type', $dev)
    $Writer.WriteElementString('name', $maml, $Name)
    $Writer.WriteEndElement()
    Write-Paragraph $Writer 'description' $maml $Text
    $Writer.WriteEndElement()
}

# What can be piped to a parameter: its type, or what a type that PowerShell converts by its constructors is made of.
function Get-InputName([type] $Type) {
    $element = $Type.IsArray ? $Type.GetElementType() : $Type
    if ($element.Namespace -ne 'Cluster.Binding') { return $element.FullName }
    ($element.GetConstructors() | ForEach-Object { $_.GetParameters()[0].ParameterType.FullName }) -join ', '
}

function Write-InputType([System.Xml.XmlWriter] $Writer, $Parameters, $Known) {
    $Writer.WriteStartElement('inputTypes', $command)
    $piped = @($Parameters | Where-Object ValueFromPipeline)
    foreach ($parameter in $piped) {
        Write-Type $Writer 'inputType' (Get-InputName $parameter.ParameterType) "-$($parameter.Name): $(@($Known[$parameter.Name].Text)[0])"
    }
    if (-not $piped) { Write-Type $Writer 'inputType' 'None' 'This command takes no pipeline input.' }
    $Writer.WriteEndElement()
}

function Write-OutputType([System.Xml.XmlWriter] $Writer, [type] $Type) {
    $Writer.WriteStartElement('returnValues', $command)
    $outputs = @($Type.GetCustomAttributes([System.Management.Automation.OutputTypeAttribute], $false) | ForEach-Object { $_.Type.Type })
    foreach ($output in $outputs) {
        Write-Type $Writer 'returnValue' $output.FullName @(Get-OutputComment $comments $Type $output)
    }
    if (-not $outputs) { Write-Type $Writer 'returnValue' 'None' 'This command writes no output.' }
    $Writer.WriteEndElement()
}

function Write-Example([System.Xml.XmlWriter] $Writer, [string] $Name) {
    $Writer.WriteStartElement('examples', $command)
    $page = Join-Path $ExamplePath "$Name.md"
    $number = 0
    foreach ($example in $(if (Test-Path -LiteralPath $page) { Get-HelpExample $page })) {
        $number++
        $Writer.WriteStartElement('example', $command)
        $Writer.WriteElementString('title', $maml, "----- Example $($number): $($example.Title) -----")
        $Writer.WriteElementString('code', $dev, $example.Code)
        Write-Paragraph $Writer 'remarks' $dev (@($example.Prose) + '')
        $Writer.WriteEndElement()
    }
    $Writer.WriteEndElement()
}

# Loaded from its bytes, as the file may be replaced while this session lasts.
$types = [System.Reflection.Assembly]::Load([System.IO.File]::ReadAllBytes($Assembly)).GetExportedTypes()
$names = @{}
foreach ($type in $types | Where-Object Namespace -Like '*.Commands') {
    $cmdlet = $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) | Select-Object -First 1
    if ($cmdlet) { $names[$type.Name] = [pscustomobject]@{ Name = "$($cmdlet.VerbName)-$($cmdlet.NounName)"; Verb = $cmdlet.VerbName; Noun = $cmdlet.NounName; Type = $type } }
}
$null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Destination))
$topics = @(Get-Item (Join-Path ([System.IO.Path]::GetDirectoryName($Destination)) 'about_*.help.txt') | ForEach-Object {
    [pscustomobject]@{ Name = $_.Name -replace '\.help\.txt$'; Text = [System.IO.File]::ReadAllText($_.FullName) }
})

function Write-Link([System.Xml.XmlWriter] $Writer, $Entry) {
    $links = @($names.Values | Where-Object { $_.Noun -eq $Entry.Noun -and $_.Name -ne $Entry.Name } | ForEach-Object Name | Sort-Object)
    $links += @(Get-SeeAlso $comments $Entry.Type | ForEach-Object { $names[$_].Name })
    $links += @($topics | Where-Object { $_.Text.Contains($Entry.Name) } | ForEach-Object Name)
    $Writer.WriteStartElement('relatedLinks', $command)
    foreach ($link in $links | Select-Object -Unique) {
        $Writer.WriteStartElement('navigationLink', $maml)
        $Writer.WriteElementString('linkText', $maml, $link)
        $Writer.WriteElementString('uri', $maml, '')
        $Writer.WriteEndElement()
    }
    $Writer.WriteEndElement()
}

function Write-Command([System.Xml.XmlWriter] $Writer, $Entry) {
    $summary = @(Get-DocComment $comments "T:$($Entry.Type.FullName)")
    $info = [System.Management.Automation.CmdletInfo]::new($Entry.Name, $Entry.Type)
    $instance = [System.Activator]::CreateInstance($Entry.Type)
    $known = @{
        WhatIf  = [pscustomobject]@{ Type = [switch]; Text = $whatIf; Default = 'False'; IsWildcard = $false }
        Confirm = [pscustomobject]@{ Type = [switch]; Text = $confirm; Default = 'False'; IsWildcard = $false }
    }
    foreach ($property in $Entry.Type.GetProperties()) {
        if (-not $property.IsDefined([System.Management.Automation.ParameterAttribute], $true)) { continue }
        $known[$property.Name] = Get-ParameterText $property $instance
        # The defaults of a start are not those of a change.
        if ($Entry.Verb -eq 'Set' -and $property.DeclaringType -ne $Entry.Type) { $known[$property.Name].Default = 'unchanged' }
    }

    $Writer.WriteStartElement('command', 'command', $command)
    $Writer.WriteAttributeString('xmlns', 'maml', $null, $maml)
    $Writer.WriteAttributeString('xmlns', 'dev', $null, $dev)
    $Writer.WriteStartElement('details', $command)
    $Writer.WriteElementString('name', $command, $Entry.Name)
    Write-Paragraph $Writer 'description' $maml ("$summary" -split '(?<=\.) ')[0]
    $Writer.WriteElementString('verb', $command, $Entry.Verb)
    $Writer.WriteElementString('noun', $command, $Entry.Noun)
    $Writer.WriteEndElement()
    Write-Paragraph $Writer 'description' $maml $summary

    $all = @{}
    $Writer.WriteStartElement('syntax', $command)
    foreach ($set in $info.ParameterSets) {
        $Writer.WriteStartElement('syntaxItem', $command)
        $Writer.WriteElementString('name', $maml, $Entry.Name)
        $parameters = @($set.Parameters | Where-Object Name -NotIn $common)
        foreach ($parameter in $parameters | Sort-Object { $_.Position -lt 0 }, { [System.Math]::Max(0, $_.Position) }, { -not $_.IsMandatory }, { $_.Name -in 'WhatIf', 'Confirm' } -Stable) {
            Write-Parameter $Writer $parameter $known[$parameter.Name]
            $all[$parameter.Name] ??= $parameter
        }
        $Writer.WriteEndElement()
    }
    $Writer.WriteEndElement()

    $Writer.WriteStartElement('parameters', $command)
    foreach ($parameter in $all.Values | Sort-Object Name) { Write-Parameter $Writer $parameter $known[$parameter.Name] }
    $Writer.WriteEndElement()
    Write-InputType $Writer $all.Values $known
    Write-OutputType $Writer $Entry.Type
    $Writer.WriteStartElement('alertSet', $maml)
    Write-Paragraph $Writer 'alert' $maml @(Get-DocComment $comments "T:$($Entry.Type.FullName)" 'remarks')
    $Writer.WriteEndElement()
    Write-Example $Writer $Entry.Name
    Write-Link $Writer $Entry
    $Writer.WriteEndElement()
}

$settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; Encoding = [System.Text.UTF8Encoding]::new($false) }
$writer = [System.Xml.XmlWriter]::Create($Destination, $settings)
try {
    $writer.WriteStartElement('helpItems', 'http://msh')
    $writer.WriteAttributeString('schema', 'maml')
    foreach ($entry in $names.Values | Sort-Object Name) { Write-Command $writer $entry }
    $writer.WriteEndElement()
}
finally {
    $writer.Dispose()
}
