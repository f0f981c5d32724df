# Stands for a service of the reader's: answers every request until its worker is told to stop.
Receive-WorkerMessage -Wait | ForEach-Object {
    if ($_.Kind -eq 'Request') { Send-WorkerMessage "done: $($_.Body)" -ReplyTo $_ }
}
