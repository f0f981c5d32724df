# Get-Help knows everything: each command, parameter, value of an enumeration and about topic is described. Where the texts are
# written is at the top of tools/New-ModuleHelp.ps1. That the examples run is CommandExamples.Tests.ps1's.

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    $common = [System.Management.Automation.Cmdlet]::CommonParameters
    $commands = @(Get-Command -Module Cluster | ForEach-Object {
        @{
            name = $_.Name
            parameters = @($_.Parameters.Values | Where-Object Name -NotIn $common | ForEach-Object {
                $type = $_.ParameterType.IsArray ? $_.ParameterType.GetElementType() : $_.ParameterType
                $allowed = $_.Attributes | Where-Object { $_ -is [ValidateSet] } | ForEach-Object ValidValues
                @{ name = $_.Name; values = @(if ($type.IsEnum) { $allowed ?? [enum]::GetNames($type) }) }
            })
        }
    })
    $topics = @('about_Cluster', 'about_Cluster_Map', 'about_Cluster_Messages', 'about_Cluster_Ports', 'about_Cluster_Supervision' |
        ForEach-Object { @{ topic = $_ } })
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $sentence = '(?s)^[A-Z$].*\.$'
    $known = @((Get-Command -Module Cluster).Name) + @((Get-Item "$root/module/en-US/about_*.help.txt").Name -replace '\.help\.txt$')
}

Describe '<name>' -ForEach $commands {
    BeforeAll {
        $help = Get-Help $name -Full
    }

    It 'has a synopsis of one sentence, a description and notes' {
        $help.Synopsis | Should -Match $sentence
        $help.Synopsis.Length | Should -BeLessThan 160
        "$($help.description.Text)" | Should -Match $sentence
        "$($help.alertSet.alert.Text)" | Should -Match $sentence
    }

    It 'has a description of each parameter, and of each value that it takes' {
        $missing = foreach ($parameter in $parameters) {
            $text = @(($help.parameters.parameter | Where-Object name -EQ $parameter.name).description.Text)
            if ($text[0] -notmatch $sentence) { "-$($parameter.name)" }
            foreach ($value in $parameter.values) {
                if (($text -join "`n") -cnotmatch "(?m)^- $($value): [A-Z].*\.$") { "$value of -$($parameter.name)" }
            }
        }
        $missing | Should -BeNullOrEmpty
        $help.parameters.parameter.name | Where-Object { $_ -notin $parameters.name } | Should -BeNullOrEmpty
    }

    It 'says what it takes and what it gives' {
        foreach ($type in @($help.inputTypes.inputType) + @($help.returnValues.returnValue)) {
            $type.type.name | Should -Match '^(None|[\w.\[\]]+(, [\w.\[\]]+)*)$'
            "$($type.description.Text)" | Should -Match '\.$' -Because $type.type.name
        }
        $takesInput = [bool] ((Get-Command $name).Parameters.Values.Attributes | Where-Object { $_ -is [Parameter] -and $_.ValueFromPipeline })
        $help.inputTypes.inputType.type.name -ne 'None' | Should -Be $takesInput
    }

    It 'has at least two examples that use it' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterOrEqual 2
        foreach ($example in $examples) {
            $example.title | Should -Match '^-+ Example \d+: \w.* -+$'
            $example.code | Should -Match $name -Because $example.title
        }
    }

    It 'refers to other commands and topics that exist' {
        $links = @($help.relatedLinks.navigationLink.linkText)
        $links | Should -Contain 'about_Cluster'
        $links | Where-Object { $_ -notin $known } | Should -BeNullOrEmpty
    }

    It 'shows the same syntax as Get-Command' {
        $sets = @($help.syntax.syntaxItem)
        $shown = foreach ($set in $sets) { ($set.parameter | Where-Object required -EQ true | ForEach-Object name | Sort-Object) -join ' ' }
        $real = foreach ($set in (Get-Command $name).ParameterSets) { ($set.Parameters | Where-Object IsMandatory | ForEach-Object Name | Sort-Object) -join ' ' }
        @($shown) | Should -Be @($real)
    }
}

Describe '<topic>' -ForEach $topics {
    It 'is found, is in the list with its description, and fits 80 columns' {
        $help = Get-Help $topic
        $help | Should -Match "^TOPIC\s+$topic\s"
        $listed = Get-Help about_Cluster* | Where-Object Name -EQ $topic
        if ($listed -isnot [string]) { $listed.Synopsis | Should -Match $sentence }
        $lines = [System.IO.File]::ReadAllLines("$root/module/en-US/$topic.help.txt")
        $lines[4] | Should -Match '^    [A-Z].*\.$' -Because 'PowerShell takes the description from this line'
        $lines | Where-Object Length -GT 80 | Should -BeNullOrEmpty
        $lines | Where-Object { $_ -match '\s$' } | Should -BeNullOrEmpty
    }

    It 'names only commands, parameters and topics that exist' {
        $text = [System.IO.File]::ReadAllText("$root/module/en-US/$topic.help.txt")
        [regex]::Matches($text, '\babout_Cluster\w*|\b[A-Z][a-z]+-(Cluster|Worker|Http)\w+').Value | Where-Object { $_ -notin $known } | Should -BeNullOrEmpty
        $parameters = (Get-Command -Module Cluster).Parameters.Keys
        # Behind a space or a bracket and with a capital: a parameter, of these commands or of PowerShell's.
        $others = 'Milliseconds', 'Sum'
        [regex]::Matches($text, '(?<=[\s(`])-([A-Z]\w+)').ForEach({ $_.Groups[1].Value }) | Where-Object { $_ -notin $parameters -and $_ -notin $others } | Should -BeNullOrEmpty
    }
}

Describe 'The topics' {
    It 'name every command' {
        $text = [System.IO.File]::ReadAllText("$root/module/en-US/about_Cluster.help.txt")
        Get-Command -Module Cluster | Where-Object { -not $text.Contains("$($_.Name) ") } | Should -BeNullOrEmpty
    }

    It 'are all of the files' {
        (Get-Item "$root/module/en-US/about_*.help.txt").Count | Should -Be 5
        Get-Help about_Cluster* | Should -HaveCount 5
    }
}

Describe 'The help file' {
    It 'is what the doc comments, the examples and the topics make of it: build.ps1 writes it' {
        $assembly = Get-Item "$root/src/ClusterCmdlets/bin/*/net8.0/ClusterCmdlets.dll" | Sort-Object LastWriteTimeUtc | Select-Object -Last 1
        $folder = (New-Item "$TestDrive/en-US" -ItemType Directory).FullName
        Copy-Item "$root/module/en-US/*.txt" $folder
        & "$root/tools/New-ModuleHelp.ps1" -Assembly $assembly.FullName -Destination "$folder/Help.xml" -ExamplePath "$root/docs/commands"
        $differences = Compare-Object (Get-Content "$root/module/en-US/ClusterCmdlets.dll-Help.xml") (Get-Content "$folder/Help.xml")
        $differences | Select-Object -First 5 | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" } | Should -BeNullOrEmpty
    }

    It 'has a page of examples for each command, and no other page' {
        (Get-Item "$root/docs/commands/*.md").BaseName | Sort-Object | Should -Be ((Get-Command -Module Cluster).Name | Sort-Object)
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
