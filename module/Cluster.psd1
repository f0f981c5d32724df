@{
    RootModule           = 'bin/ClusterCmdlets.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '5d0f7a1e-3c0b-4e53-9c1d-7f3f7d3a6e21'
    Author               = 'The Cluster for PowerShell authors'
    CompanyName          = 'Community'
    Copyright            = '(c) 2026 The Cluster for PowerShell authors. MIT License.'
    Description          = 'A per-core pool of worker processes for PowerShell: messages, supervision and parallel work, after the cluster module of Node.js.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    CmdletsToExport      = @(
        'Get-ClusterMachine'
        'Get-ClusterMaster'
        'Get-ClusterMetric'
        'Get-ClusterWorker'
        'Invoke-ClusterWorker'
        'Invoke-WorkerRequest'
        'Join-ClusterMaster'
        'New-ClusterListener'
        'New-HttpResponse'
        'Receive-ClusterConnection'
        'Receive-ClusterEvent'
        'Receive-WorkerMessage'
        'Restart-ClusterWorker'
        'Send-WorkerMessage'
        'Set-ClusterMaster'
        'Set-WorkerReady'
        'Start-ClusterMaster'
        'Start-ClusterWorker'
        'Start-WorkerHttpServer'
        'Stop-ClusterMaster'
        'Stop-ClusterWorker'
        'Test-ClusterMaster'
        'Wait-ClusterWorker'
        'Watch-ClusterMaster'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    FormatsToProcess     = @('Cluster.Format.ps1xml')
    PrivateData          = @{
        PSData = @{
            Tags       = @('cluster', 'parallel', 'process', 'worker', 'pool', 'ipc', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
