# Where the module's help comes from: the doc comments that the compiler writes beside the DLL, and the pages of examples.

<#
.SYNOPSIS
    Reads a comment file once; the other functions take the result.
#>
function Import-DocComment {
    param([Parameter(Mandatory)] [string] $Path)

    $members = @{}
    foreach ($member in ([xml][System.IO.File]::ReadAllText($Path)).doc.members.member) {
        $members[$member.name] = $member
    }
    $members
}

# References become their last name, tags go, white space is joined. One string for each paragraph.
function ConvertFrom-DocXml([string] $Xml) {
    $text = $Xml -replace '<see\w* (?:cref|langword)="(?:[A-Z]:)?(?:[^"]*\.)?([^".(]+)[^"]*"\s*/>', '$1'
    foreach ($paragraph in $text -split '</?para>') {
        $plain = [System.Net.WebUtility]::HtmlDecode(($paragraph -replace '<[^>]+>', '')) -replace '\s+', ' '
        if ($plain.Trim()) { $plain.Trim() }
    }
}

<#
.SYNOPSIS
    The paragraphs of an element of a member's comment, such as its summary.
#>
function Get-DocComment {
    param([hashtable] $Comments, [string] $Member, [string] $Element = 'summary')

    $node = if ($Comments[$Member]) { $Comments[$Member].SelectSingleNode($Element) }
    if ($node) { ConvertFrom-DocXml $node.InnerXml }
}

<#
.SYNOPSIS
    What a command's comment says of an output type: its <output cref="..."> element, otherwise the type's own summary.
#>
function Get-OutputComment {
    param([hashtable] $Comments, [type] $Command, [type] $Type)

    $own = $Comments["T:$($Command.FullName)"].SelectSingleNode("output[@cref='T:$($Type.FullName)']")
    if ($own) { ConvertFrom-DocXml $own.InnerXml } else { Get-DocComment $Comments "T:$($Type.FullName)" }
}

<#
.SYNOPSIS
    The commands that a command's comment refers to by <seealso cref="..."/>: the names of their classes.
#>
function Get-SeeAlso {
    param([hashtable] $Comments, [type] $Command)

    foreach ($node in $Comments["T:$($Command.FullName)"].SelectNodes('seealso')) {
        $node.GetAttribute('cref') -replace '^.*\.'
    }
}

<#
.SYNOPSIS
    The examples of a page: for each '## Title' its prose, as paragraphs, and its block of PowerShell.
#>
function Get-HelpExample {
    param([Parameter(Mandatory)] [string] $Path)

    $sections = [System.IO.File]::ReadAllText($Path).ReplaceLineEndings("`n") -split '(?m)^## ' | Select-Object -Skip 1
    foreach ($section in $sections) {
        $title, $rest = $section -split "`n", 2
        if ($rest -notmatch '(?s)^(.*?)```powershell[^\n]*\n(.*?)\n```(.*)$') {
            throw "$($Path): the example '$title' has no block of PowerShell."
        }
        $code = $Matches[2]
        $prose = ($Matches[1] + $Matches[3]) -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`|\*\*', ''
        [pscustomobject]@{
            Title = $title.Trim()
            Code  = $code
            Prose = @($prose -split '\n\s*\n' | ForEach-Object { ($_ -replace '\s+', ' ').Trim() } | Where-Object { $_ })
        }
    }
}

Export-ModuleMember -Function Import-DocComment, Get-DocComment, Get-OutputComment, Get-SeeAlso, Get-HelpExample
