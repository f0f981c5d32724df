# Tells where it lies and what it was given.
param($First, $Second)

Send-WorkerMessage @{ root = $PSScriptRoot; path = $PSCommandPath; first = $First; second = $Second; rest = $args }
