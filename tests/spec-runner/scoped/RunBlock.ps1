# Runs a block in a scope of its own, so that its variables are seen by its children and gone after it.
param($__Spec, $__Block)

if (-not $__Block.Selected) {
    return
}
if ($__Block.IsRoot) {
    $TestDrive = $__Spec.TestDrive
}
if ($__Block.Case.ContainsKey('Value')) {
    $_ = $__Block.Case.Value
}
. $__Spec.SetData $__Block.Case
$__Failure = $null
$__Runs = & $__Spec.Code Enter-SpecBlock $__Block
if ($__Runs -and $__Block.BeforeAll) {
    try {
        do { $null = . $__Block.BeforeAll } until ($true)
    }
    catch {
        $__Failure = $_
    }
}
. $__Spec.ExpandTitle $__Block
& $__Spec.Code Show-SpecBlock $__Block
foreach ($__Child in $__Block.Children) {
    if ($__Failure) {
        & $__Spec.Code Complete-SpecUnrun $__Child $__Failure
    }
    elseif ($__Child.Kind -eq 'Test') {
        & $__Spec.RunTest $__Spec $__Child
    }
    else {
        & $__Spec.RunBlock $__Spec $__Child
    }
}
if ($__Runs -and $__Block.AfterAll) {
    try {
        do { $null = . $__Block.AfterAll } until ($true)
    }
    catch {
        $__Failure = $__Failure ?? $_
    }
}
& $__Spec.Code Exit-SpecBlock $__Block $__Failure
