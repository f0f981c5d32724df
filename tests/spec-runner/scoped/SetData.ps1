# Dot-sourced: makes the entries of a case that is a table variables of the current scope. ($_ is set by the caller:
# an automatic variable would end with this script.)
param($__Case)
if ($__Case.Value -is [System.Collections.IDictionary]) {
    foreach ($__Key in $__Case.Value.Keys) {
        Set-Variable -Name $__Key -Value $__Case.Value[$__Key]
    }
}
