# Dot-sourced: fills <name> and <name.property> in a title with what the variables of this scope hold.
param($__Item)
$__Item.Title = $__Item.Name
foreach ($__Match in [regex]::Matches($__Item.Name, '(?<!`)<([A-Za-z_]\w*(?:\.\w+)*)>')) {
    $__Value = . ([scriptblock]::Create('$' + $__Match.Groups[1].Value))
    $__Item.Title = $__Item.Title.Replace($__Match.Value, "$__Value")
}
$__Item.Title = $__Item.Title.Replace('`<', '<').Replace('`>', '>')
