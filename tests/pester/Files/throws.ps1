# Fails before it is ready.
throw [System.InvalidOperationException]::new('the fixture fails on purpose')
