# A worker that runs what messages with the topic 'run' say, answers other requests with their bodies, and sends other
# messages back. What is run finds its own message in $message; its variables stay.

Receive-WorkerMessage -Wait | ForEach-Object {
    $message = $_
    if ($message.Topic -eq 'run') {
        . ([scriptblock]::Create($message.Body))
    }
    elseif ($message.Kind -eq 'Request') {
        Send-WorkerMessage -ReplyTo $message -Body $message.Body
    }
    else {
        Send-WorkerMessage -Body $message.Body
    }
}
