# A machine of a master elsewhere: see Start-Agent in MachineHarness.psm1.
param([string] $ModulePath, [string] $With)

Import-Module $ModulePath
$arguments = ConvertFrom-Json $With -AsHashtable
# The machine may be started before the master.
while ($arguments.TicketPath -and -not [System.IO.File]::Exists($arguments.TicketPath)) {
    [System.Threading.Thread]::Sleep(20)
}
try {
    Join-ClusterMaster @arguments -ErrorAction Stop
    'left'
}
catch {
    "error=$($_.FullyQualifiedErrorId -replace ',.*'): $_"
    exit 1
}
