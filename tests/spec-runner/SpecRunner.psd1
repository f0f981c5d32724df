@{
    # Runs spec files in Pester 5 syntax where Pester itself is not to be had. See README.md.
    RootModule           = 'SpecRunner.psm1'
    ModuleVersion        = '1.0.0'
    GUID                 = '0a4f3b6e-6a52-4a35-9c8f-7a5be1f8a9d4'
    Author               = 'The Cluster for PowerShell authors'
    Description          = 'The part of the grammar of Pester 5 that the specs of this project use.'
    PowerShellVersion    = '7.4'
    FunctionsToExport    = @(
        'Invoke-Spec'
        'Describe'
        'Context'
        'It'
        'BeforeDiscovery'
        'BeforeAll'
        'AfterAll'
        'BeforeEach'
        'AfterEach'
        'Set-ItResult'
        'Should'
    )
    CmdletsToExport      = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
}
