# A worker's host that does what a spec tells it, line by line over a pipe of the spec's own: connect to the master's pipe,
# send any bytes, and in the end perhaps become the real worker. Started with -File; the module's own arguments come after.

$pipeName = $env:CLUSTER_WORKER_PIPE
$control = [System.IO.Pipes.NamedPipeClientStream]::new('.', $env:PUPPET_CONTROL, 'InOut', 'Asynchronous, CurrentUserOnly')
$control.Connect(30000)
$reader = [System.IO.StreamReader]::new($control)
$writer = [System.IO.StreamWriter]::new($control)
$writer.AutoFlush = $true
$writer.WriteLine("$PID $env:CLUSTER_WORKER_TOKEN $pipeName")
$pipe = $null
$hungUp = $null
while ($line = $reader.ReadLine()) {
    $word, $rest = $line.Split(' ', 2)
    $answer = 'ok'
    try {
        switch ($word) {
            'connect' {
                $pipe = [System.IO.Pipes.NamedPipeClientStream]::new('.', $pipeName, 'InOut', 'Asynchronous, CurrentUserOnly')
                $pipe.Connect(30000)
                # What comes is read and forgotten: a pipe closed with something unread is reset, not ended.
                $hungUp = $pipe.CopyToAsync([System.IO.Stream]::Null)
            }
            'send' {
                $bytes = [System.Convert]::FromBase64String($rest)
                $pipe.Write($bytes, 0, $bytes.Length)
            }
            'close' {
                $pipe.Dispose()
            }
            'end' {
                # Waits until the other side hangs up.
                try { $hungUp.Wait() } finally { $pipe.Dispose() }
            }
        }
    }
    catch {
        $answer = "error $($_.Exception.GetBaseException().Message)"
    }
    if ($word -in 'exit', 'worker') {
        break
    }
    $writer.WriteLine($answer)
}
$control.Dispose()
if ($word -eq 'exit') {
    exit [int] $rest
}
if ($word -eq 'worker') {
    # The last of the module's arguments is what makes a host a worker.
    & ([scriptblock]::Create($args[-1]))
}
