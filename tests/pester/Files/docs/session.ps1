# What the blocks of the documentation take for granted: a folder with a script, a module and some logs, and a few variables.
$hosts = @('127.0.0.1', 'localhost')
$factor = 3
$logs = @(Get-ChildItem *.log | ForEach-Object FullName)
