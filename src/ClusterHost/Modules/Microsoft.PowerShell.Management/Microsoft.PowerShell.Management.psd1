@{
    # What the embedded host has of Microsoft.PowerShell.Management, under its own name so that PowerShell finds it as always.
    ModuleVersion        = '7.0.0.0'
    GUID                 = '8f0b7f3e-2d35-4f0b-8a55-0b8c1e7c9d22'
    Author               = 'The Cluster for PowerShell authors'
    Description          = 'The everyday commands of the embedded host.'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.4'
    NestedModules        = @('../../ClusterHost.dll')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Add-Content'
        'Copy-Item'
        'Get-ChildItem'
        'Get-Content'
        'Get-Item'
        'Get-Location'
        'Get-Process'
        'Join-Path'
        'New-Item'
        'Pop-Location'
        'Push-Location'
        'Remove-Item'
        'Resolve-Path'
        'Set-Content'
        'Set-Location'
        'Split-Path'
        'Stop-Process'
        'Test-Path'
        'Wait-Process'
    )
}
