<#
.SYNOPSIS
    Writes the module's help (MAML) from the doc comments of its commands, so that both always say the same.
.DESCRIPTION
    Reads the XML file that the compiler writes beside the DLL. Run by build.ps1 after every build.
#>
[CmdletBinding()]
param(
    # The DLL, with its XML file beside it.
    [Parameter(Mandatory)] [string] $Assembly,

    # The help file.
    [Parameter(Mandatory)] [string] $Destination
)

$ErrorActionPreference = 'Stop'
$maml = 'http://schemas.microsoft.com/maml/2004/10'
$command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
$dev = 'http://schemas.microsoft.com/maml/dev/2004/10'

$comments = [xml][System.IO.File]::ReadAllText([System.IO.Path]::ChangeExtension($Assembly, '.xml'))

# The text of a doc comment: references become their last name, white space is joined.
function Get-Comment([string] $Member) {
    $node = $comments.SelectSingleNode("/doc/members/member[@name='$Member']/summary")
    if (-not $node) { return '' }
    $text = $node.InnerXml -replace '<see cref="[A-Z]:(?:[^"]*\.)?([^".(]+)[^"]*"\s*/>', '$1' -replace '<[^>]+>', ''
    ([System.Net.WebUtility]::HtmlDecode($text) -replace '\s+', ' ').Trim()
}

function Write-Paragraph([System.Xml.XmlWriter] $Writer, [string] $Element, [string] $Namespace, [string] $Text) {
    $Writer.WriteStartElement($Element, $Namespace)
    $Writer.WriteElementString('para', $maml, $Text)
    $Writer.WriteEndElement()
}

function Write-Parameter([System.Xml.XmlWriter] $Writer, $Property, $Attribute, [string] $Owner) {
    $Writer.WriteStartElement('parameter', $command)
    $Writer.WriteAttributeString('required', "$($Attribute.Mandatory)".ToLowerInvariant())
    $Writer.WriteAttributeString('globbing', "$([bool]$Property.GetCustomAttributes([System.Management.Automation.SupportsWildcardsAttribute], $true).Count)".ToLowerInvariant())
    $Writer.WriteAttributeString('pipelineInput', $(if ($Attribute.ValueFromPipeline) { 'True (ByValue)' } else { 'False' }))
    $Writer.WriteAttributeString('position', $(if ($Attribute.Position -ge 0) { "$($Attribute.Position)" } else { 'named' }))
    $Writer.WriteElementString('name', $maml, $Property.Name)
    Write-Paragraph $Writer 'description' $maml (Get-Comment "P:$Owner.$($Property.Name)")
    if ($Property.PropertyType -ne [System.Management.Automation.SwitchParameter]) {
        $Writer.WriteElementString('parameterValue', $command, ([System.Nullable]::GetUnderlyingType($Property.PropertyType) ?? $Property.PropertyType).Name)
    }
    $Writer.WriteEndElement()
}

# Loaded from its bytes, as the file may be replaced while this session lasts.
$types = [System.Reflection.Assembly]::Load([System.IO.File]::ReadAllBytes($Assembly)).GetExportedTypes()
$null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($Destination))
$settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; Encoding = [System.Text.UTF8Encoding]::new($false) }
$writer = [System.Xml.XmlWriter]::Create($Destination, $settings)
try {
    $writer.WriteStartElement('helpItems', 'http://msh')
    $writer.WriteAttributeString('schema', 'maml')
    foreach ($type in $types) {
        $cmdlet = $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) | Select-Object -First 1
        if (-not $cmdlet -or $type.Namespace -notlike '*.Commands') { continue }
        $summary = Get-Comment "T:$($type.FullName)"
        $writer.WriteStartElement('command', 'command', $command)
        $writer.WriteAttributeString('xmlns', 'maml', $null, $maml)
        $writer.WriteAttributeString('xmlns', 'dev', $null, $dev)

        $writer.WriteStartElement('details', $command)
        $writer.WriteElementString('name', $command, "$($cmdlet.VerbName)-$($cmdlet.NounName)")
        Write-Paragraph $writer 'description' $maml (($summary -split '(?<=\.) ')[0])
        $writer.WriteElementString('verb', $command, $cmdlet.VerbName)
        $writer.WriteElementString('noun', $command, $cmdlet.NounName)
        $writer.WriteEndElement()
        Write-Paragraph $writer 'description' $maml $summary

        $properties = $type.GetProperties() | ForEach-Object {
            foreach ($attribute in $_.GetCustomAttributes([System.Management.Automation.ParameterAttribute], $true)) {
                [pscustomobject]@{ Property = $_; Attribute = $attribute }
            }
        }
        $all = [System.Management.Automation.ParameterAttribute]::AllParameterSets
        $sets = @($properties | ForEach-Object { $_.Attribute.ParameterSetName } | Where-Object { $_ -ne $all } | Select-Object -Unique)
        if ($sets.Count -eq 0) { $sets = @($all) }
        $writer.WriteStartElement('syntax', $command)
        foreach ($set in $sets) {
            $writer.WriteStartElement('syntaxItem', $command)
            $writer.WriteElementString('name', $maml, "$($cmdlet.VerbName)-$($cmdlet.NounName)")
            foreach ($item in $properties | Where-Object { $_.Attribute.ParameterSetName -in $set, $all }) {
                Write-Parameter $writer $item.Property $item.Attribute $type.FullName
            }
            $writer.WriteEndElement()
        }
        $writer.WriteEndElement()

        $writer.WriteStartElement('parameters', $command)
        foreach ($item in $properties) { Write-Parameter $writer $item.Property $item.Attribute $type.FullName }
        $writer.WriteEndElement()
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
}
finally {
    $writer.Dispose()
}
