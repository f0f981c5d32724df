# Runs a test with its BeforeEach and AfterEach in one scope of its own.
param($__Spec, $__Test)

if (-not $__Test.Selected) {
    return
}
if ($__Test.Case.ContainsKey('Value')) {
    $_ = $__Test.Case.Value
}
. $__Spec.SetData $__Test.Case
. $__Spec.ExpandTitle $__Test
$__Failure = $null
if (-not $__Test.Skip) {
    $__Each = & $__Spec.Code Enter-SpecTest $__Test
    try {
        foreach ($__Part in $__Each.Before) {
            do { $null = . $__Part } until ($true)
        }
        do { $null = . $__Test.Body } until ($true)
    }
    catch {
        $__Failure = $_
    }
    foreach ($__Part in $__Each.After) {
        try {
            do { $null = . $__Part } until ($true)
        }
        catch {
            $__Failure = $__Failure ?? $_
        }
    }
}
& $__Spec.Code Complete-SpecTest $__Test $__Failure
