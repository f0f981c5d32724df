# A master in a process of its own. It writes "started", or "error=" with the error's id and message. Then it runs each line of its
# standard input as a script, and writes what that gives as a line of text.
param([string] $ModulePath, [string] $With, [string] $ScriptPath)

Import-Module $ModulePath
$arguments = ConvertFrom-Json $With -AsHashtable
if ($ScriptPath) {
    $arguments.ScriptPath = $ScriptPath
}
try {
    $cluster = Start-ClusterMaster @arguments -ErrorAction Stop
    'started'
}
catch {
    "error=$($_.FullyQualifiedErrorId -replace ',.*'): $_"
    exit 1
}
while ($null -ne ($line = [Console]::In.ReadLine())) {
    "$(. ([scriptblock]::Create($line)))"
}
$cluster | Stop-ClusterMaster
